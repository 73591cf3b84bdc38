// Which endpoints kube-proxy may use for a service port: the release is not always known, so there may be several readings.
import type { Endpoint } from '../proxiers/endpoints.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import { type Categorized, categorizeEndpoints } from '../proxiers/topology.ts';
import type { ClusterView } from './node-view.ts';

/** One a possible reading of the release. */
export function wantedEndpoints(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  cluster: ClusterView,
): readonly Categorized[] {
  return cluster.rules.map((rules) => categorizeEndpoints(endpoints, port, cluster.topology, rules));
}

/** Endpoints that kube-proxy uses under every reading of its release, whichever slice it goes by. For Local policy the node must be known. */
export function surelyWanted(
  wanted: readonly Categorized[],
  policy: 'Cluster' | 'Local',
  { topology }: Pick<ClusterView, 'topology'>,
): readonly Endpoint[] {
  if (policy === 'Local' && topology.name === undefined) return [];
  const [first, ...others] = wanted.map((each) => (policy === 'Cluster' ? each.cluster : each.local) ?? []);
  const certain = (first ?? []).filter(({ contested }) => !contested);
  return certain.filter(({ id }) => others.every((list) => list.some((endpoint) => endpoint.id === id)));
}
