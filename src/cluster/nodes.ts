// A Node of the API (core/v1 NodeSpec, NodeStatus).
import { canonicalAddress, canonicalPrefix, type Prefix } from '../address.ts';
import { elementsOf, type Fields, fieldsOf, nonEmptyTextOf, textOf } from './json.ts';
import type { LeaveOut } from './leave-out.ts';
import { quoted } from './quoted.ts';
import type { Node, NodeAddress, ObjectMeta } from './snapshot.ts';

/** Total: what a field cannot be is left out, with a reason. */
export function readNode(object: Fields, meta: ObjectMeta, leaveOut: LeaveOut): Node {
  const status = fieldsOf(object.status);
  const nodeInfo = fieldsOf(status.nodeInfo);
  return {
    ...meta,
    addresses: elementsOf(status.addresses)
      .map(nodeAddress)
      .filter((address) => address !== undefined),
    podCIDRs: podCIDRs(fieldsOf(object.spec), leaveOut),
    zone: nonEmptyTextOf(meta.labels['topology.kubernetes.io/zone']),
    kubeletVersion: nonEmptyTextOf(nodeInfo.kubeletVersion),
    kubeProxyVersion: nonEmptyTextOf(nodeInfo.kubeProxyVersion),
  };
}

function nodeAddress(element: unknown): NodeAddress | undefined {
  const written = fieldsOf(element);
  const address = nonEmptyTextOf(written.address);
  if (address === undefined) return undefined;
  return { type: textOf(written.type) ?? '', address: canonicalAddress(address) ?? address };
}

/** podCIDR and podCIDRs[0] are the same to the API; nodes older than 1.16 have only the first. */
function podCIDRs(spec: Fields, leaveOut: LeaveOut): readonly Prefix[] {
  const written = elementsOf(spec.podCIDRs);
  const prefixes: Prefix[] = [];
  for (const value of written.length > 0 ? written : [spec.podCIDR]) {
    const text = nonEmptyTextOf(value);
    if (text === undefined) continue;
    const prefix = canonicalPrefix(text);
    if (prefix === undefined) leaveOut(`spec.podCIDRs: ${quoted(text)} is no CIDR`);
    else prefixes.push(prefix);
  }
  return prefixes;
}
