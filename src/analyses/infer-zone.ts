// Whether kube-proxy knows the zone of its node, as far as its rules tell: it may have started before the node had the
// label, or have been kept from reading it. Then no service port follows zone hints, and that is no fault of each.
import { hostPort } from '../address.ts';
import type { Dispatch } from '../proxiers/dispatch.ts';
import type { EndpointMap } from '../proxiers/endpoints.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import { categorizeEndpoints, type NodeTopology, type TopologyRules } from '../proxiers/topology.ts';

/** False where zone hints would matter to some service port, and every such port is as it would be without a zone. */
export function knowsZone(
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  dispatches: () => readonly Dispatch[],
  node: NodeTopology,
  rules: readonly TopologyRules[],
): boolean {
  if (node.zone === undefined) return true;
  const hinted = ports.filter((port) => endpoints.of(port).some(({ zoneHints }) => zoneHints.length > 0));
  let without = 0;
  for (const port of hinted) {
    const installed = installedCluster(port, dispatches);
    if (installed === undefined) continue;
    const fits = (zone: string | undefined) => isAs(installed, port, endpoints, { ...node, zone }, rules);
    const [withZone, withoutZone] = [fits(node.zone), fits(undefined)];
    if (withZone && !withoutZone) return true;
    if (withoutZone && !withZone) without++;
  }
  return without === 0;
}

/**
 * The zone of a node that no Node object tells of: the one whose hints more service ports follow than would be as they
 * are without a zone. `undefined` where none is.
 */
export function zoneByRules(
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  dispatches: () => readonly Dispatch[],
  name: string | undefined,
  rules: readonly TopologyRules[],
): string | undefined {
  const hinted = ports.flatMap((port) => {
    const zones = endpoints.of(port).flatMap(({ zoneHints }) => zoneHints);
    const installed = zones.length === 0 ? undefined : installedCluster(port, dispatches);
    return installed === undefined ? [] : [{ port, zones, installed }];
  });
  const following = (zone: string | undefined) =>
    hinted.filter(({ port, installed }) => isAs(installed, port, endpoints, { name, zone }, rules)).length;
  let best: { readonly zone: string | undefined; readonly ports: number } = {
    zone: undefined,
    ports: following(undefined),
  };
  for (const zone of [...new Set(hinted.flatMap(({ zones }) => zones))].sort()) {
    const fitting = following(zone);
    if (fitting > best.ports) best = { zone, ports: fitting };
  }
  return best.zone;
}

/** Whether the rules use what kube-proxy would use on such a node, under some reading of its release. */
function isAs(
  installed: ReadonlySet<string>,
  port: ServicePort,
  endpoints: EndpointMap,
  node: NodeTopology,
  rules: readonly TopologyRules[],
): boolean {
  return rules.some((each) => {
    const { cluster = [] } = categorizeEndpoints(endpoints.of(port), port, node, each);
    return cluster.length === installed.size && cluster.every(({ id }) => installed.has(id));
  });
}

/** The endpoints that the rules use for the Cluster policy; `undefined` where no rule leads to any. */
function installedCluster(port: ServicePort, dispatches: () => readonly Dispatch[]): ReadonlySet<string> | undefined {
  for (const { family, frontends } of dispatches()) {
    if (family !== port.family) continue;
    const own = frontends.filter(({ owner }) => owner.kind === 'known' && owner.port === port);
    const balance = own.flatMap(({ balances }) => balances).find(({ policy }) => policy === 'Cluster');
    if (balance !== undefined) return new Set(balance.backends.map(({ address, port: at }) => hostPort(address, at)));
  }
  return undefined;
}
