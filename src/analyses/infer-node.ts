// Which node a text is from, where nobody says it: rules for a Local policy hold the endpoints of their own node only.
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import type { Dispatch } from '../proxiers/dispatch.ts';
import type { EndpointMap } from '../proxiers/endpoints.ts';

/** `undefined` where the objects leave more than one node. */
export function inferNode(
  snapshot: ClusterSnapshot,
  endpoints: EndpointMap,
  dispatches: () => readonly Dispatch[],
): { readonly name: string; readonly from: string; readonly assumed: true } | undefined {
  const local = new Set<string>();
  for (const { balances } of dispatches()) {
    for (const { policy, owner, backends } of balances) {
      if (policy !== 'Local' || owner.kind !== 'known') continue;
      const offered = endpoints.of(owner.port);
      for (const { address, port } of backends) {
        const endpoint = offered.find((each) => each.address === address && each.port === port);
        if (endpoint?.nodeName !== undefined) local.add(endpoint.nodeName);
      }
    }
  }
  const [name] = local;
  if (name !== undefined && local.size === 1) {
    return { name, from: 'its rules for Local policies hold endpoints of that node only', assumed: true };
  }
  const [only, ...others] = snapshot.nodes;
  if (local.size === 0 && only !== undefined && others.length === 0) {
    return { name: only.name, from: 'it is the only Node among the objects', assumed: true };
  }
  return undefined;
}
