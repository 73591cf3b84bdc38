// The snapshot, looked up by name and by address. Built once, since a large cluster has 250,000 endpoints.
import { type Address, familyOf } from '../address.ts';
import type { ClusterSnapshot, EndpointSlice, Node, Pod, Service } from './snapshot.ts';

export interface ClusterIndex {
  /** By `namespace/name`, as `objectKey` writes it. */
  readonly services: ReadonlyMap<string, Service>;
  /** By the `namespace/name` of the Service they name, in the order of the snapshot; slices that name none are not here. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Every pod that has the address: pods of the host network share their node's, ended pods may share a live one's. */
  readonly podsByAddress: ReadonlyMap<Address, readonly Pod[]>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** By canonical IP address; names of nodes are not here. */
  readonly nodesByAddress: ReadonlyMap<Address, Node>;
}

export function clusterIndex(snapshot: ClusterSnapshot): ClusterIndex {
  const slices = new Map<string, EndpointSlice[]>();
  for (const slice of snapshot.endpointSlices) {
    if (slice.service !== undefined) append(slices, `${slice.namespace}/${slice.service}`, slice);
  }
  const podsByAddress = new Map<Address, Pod[]>();
  for (const pod of snapshot.pods) for (const address of pod.addresses) append(podsByAddress, address, pod);
  const nodesByAddress = new Map<Address, Node>();
  for (const node of snapshot.nodes) {
    for (const { address } of node.addresses) {
      if (familyOf(address) !== undefined && !nodesByAddress.has(address)) nodesByAddress.set(address, node);
    }
  }
  return {
    services: new Map(snapshot.services.map((service) => [objectKey(service), service])),
    slices,
    pods: new Map(snapshot.pods.map((pod) => [objectKey(pod), pod])),
    podsByAddress,
    nodes: new Map(snapshot.nodes.map((node) => [node.name, node])),
    nodesByAddress,
  };
}

/** `namespace/name`. Neither part can hold a slash. */
export function objectKey(object: { readonly namespace: string; readonly name: string }): string {
  return `${object.namespace}/${object.name}`;
}

/**
 * The pod that owns the address: the one that has not ended and has a network of its own. `undefined` where there is
 * none, or more than one, or only pods of the host network.
 */
export function podAt(index: ClusterIndex, address: Address): Pod | undefined {
  const owners = index.podsByAddress.get(address)?.filter((pod) => !pod.hostNetwork && !hasEnded(pod));
  return owners?.length === 1 ? owners[0] : undefined;
}

/** Whether its containers are done and its address may be given to another. */
export function hasEnded(pod: Pod): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
