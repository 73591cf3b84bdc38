// Why kube-proxy should not use a backend that its rules have, as far as EndpointSlices, policy and topology tell.
import type { Endpoint } from '../proxiers/endpoints.ts';
import type { Categorized } from '../proxiers/topology.ts';
import type { ClusterView } from './node-view.ts';

/** In words why no reading of the release has this backend; `undefined` where one has it, or where that is not known. */
export function whyUnwanted(
  endpoint: Endpoint | undefined,
  wanted: readonly Categorized[],
  policy: 'Cluster' | 'Local',
  cluster: ClusterView,
): string | undefined {
  if (endpoint === undefined) return 'no EndpointSlice has it';
  const used = wanted.some((each) =>
    (policy === 'Cluster' ? each.cluster : each.local)?.some(({ id }) => id === endpoint.id),
  );
  if (used || endpoint.contested) return undefined;
  if (!endpoint.ready && !endpoint.terminating) return 'its EndpointSlice says it is not ready';
  if (!endpoint.ready && !endpoint.serving) return 'its EndpointSlice says it is terminating and no longer serving';
  if (!endpoint.ready) return 'it is terminating, and others are ready';
  if (policy === 'Local') {
    const { name } = cluster.topology;
    if (name === undefined) return undefined;
    return endpoint.nodeName === name ? undefined : `it is on node ${endpoint.nodeName ?? 'unknown'}, not on ${name}`;
  }
  // Hints need the node's zone: without it they prove nothing.
  return cluster.topology.zone === undefined ? undefined : 'its topology hints are for another zone or node';
}
