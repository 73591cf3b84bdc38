// A family whose rules could not be read on a node, where a Service has addresses of it: the answer is incomplete.
import { familyOf } from '../address.ts';
import type { Capture } from '../capture/capture.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';

/** False for a family that no Service of the snapshot has: its rules are not missed. */
export function lacksFamily({ gaps = [] }: Capture, snapshot: ClusterSnapshot | undefined): boolean {
  return gaps.some(({ section }) => {
    if (section !== 'iptables-save' && section !== 'ip6tables-save') return false;
    const family = section === 'iptables-save' ? 'IPv4' : 'IPv6';
    return (
      snapshot?.services.some(({ clusterIPs }) => clusterIPs.some((address) => familyOf(address) === family)) ?? false
    );
  });
}
