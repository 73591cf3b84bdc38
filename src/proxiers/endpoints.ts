// From EndpointSlices to the endpoints of each service port, as kube-proxy does it.
// pkg/proxy/endpointslicecache.go endpointInfoByServicePort, addEndpoints, v1.36.
import { type Address, type Family, hostPort } from '../address.ts';
import type { ClusterSnapshot, EndpointSlice, SliceEndpoint } from '../cluster/snapshot.ts';
import { type ServicePort, type ServicePortName, servicePortKey } from './service-ports.ts';

/** One `ip:port` of one service port. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
  /** `ip:port`, `[ip]:port`: kube-proxy's key, and its order of endpoints is the order of these strings. */
  readonly id: string;
  /** The address as the API has it, where that is not its canonical form. */
  readonly written?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  readonly pod: SliceEndpoint['pod'];
  /** Name of the EndpointSlice that offers it. */
  readonly slice: string;
  /** Another slice says otherwise of the same address: to 1.35 it is kube-proxy's chance which one it goes by. */
  readonly contested: boolean;
}

/** Endpoints by family and service port. */
export interface EndpointMap {
  /** Sorted by `id`, each `id` once. Empty where no EndpointSlice has a port of that name and protocol. */
  of(port: ServicePort): readonly Endpoint[];
}

const headlessLabel = 'service.kubernetes.io/headless';

export function endpointMap(snapshot: ClusterSnapshot): EndpointMap {
  const offers = Map.groupBy(snapshot.endpointSlices.flatMap(offersOf), ({ key }) => key);
  const sorted = new Map<string, readonly Endpoint[]>();
  return {
    of: ({ family, name }) => {
      const key = endpointsKey(family, name);
      const known = sorted.get(key) ?? unite(offers.get(key) ?? []);
      sorted.set(key, known);
      return known;
    },
  };
}

/** One port of one slice. */
interface Offer {
  readonly key: string;
  readonly port: number;
  readonly slice: EndpointSlice;
}

function offersOf(slice: EndpointSlice): readonly Offer[] {
  const { service, addressType, namespace } = slice;
  if (service === undefined || addressType === 'FQDN') return [];
  // kube-proxy's watch leaves these out: cmd/kube-proxy/app/server.go Run.
  if (Object.hasOwn(slice.labels, headlessLabel)) return [];
  return slice.ports.flatMap(({ name, protocol, port }) => {
    if (name === undefined || port === undefined) return [];
    return [{ key: endpointsKey(addressType, { namespace, name: service, port: name, protocol }), port, slice }];
  });
}

/** Where two slices repeat an address, one that is not terminating wins; among equals the order is kube-proxy's chance. */
function unite(offers: readonly Offer[]): readonly Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { port, slice } of offers) {
    for (const each of slice.endpoints) {
      const address = each.addresses[0];
      if (address === undefined) continue;
      const id = hostPort(address, port);
      const rival = endpoints.get(id);
      const contested = rival !== undefined && (rival.contested || !alike(rival, each));
      const wins = rival === undefined || (rival.terminating && !each.terminating) || (!rival.ready && each.ready);
      endpoints.set(id, { ...(wins ? endpoint(each, address, port, id, slice.name) : rival), contested });
    }
  }
  return [...endpoints.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function alike(a: Endpoint, b: SliceEndpoint): boolean {
  return a.ready === b.ready && a.serving === b.serving && a.terminating === b.terminating && a.nodeName === b.nodeName;
}

function endpoint(
  each: SliceEndpoint,
  address: Address,
  port: number,
  id: string,
  slice: string,
): Omit<Endpoint, 'contested'> {
  const { ready, serving, terminating, nodeName, zone, zoneHints, nodeHints, pod, written } = each;
  const read = { address, port, id, ready, serving, terminating, nodeName, zone, zoneHints, nodeHints, pod, slice };
  return written === undefined ? read : { ...read, written };
}

function endpointsKey(family: Family, name: ServicePortName): string {
  return `${family} ${servicePortKey(name)}`;
}
