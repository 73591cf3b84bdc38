// A family whose rules could not be read on a node, where a Service has addresses of it: told, and the answer incomplete.
import { familyOf } from '../address.ts';
import type { Capture } from '../capture/capture.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';

/** One sentence a family; none for a family that no Service of the snapshot has. */
export function unreadFamilies({ node = '', gaps = [] }: Capture, { services }: ClusterSnapshot): readonly string[] {
  return gaps.flatMap(({ section, reason }) => {
    if (section !== 'iptables-save' && section !== 'ip6tables-save') return [];
    const family = section === 'iptables-save' ? 'IPv4' : 'IPv6';
    const used = services.some(({ clusterIPs }) => clusterIPs.some((address) => familyOf(address) === family));
    return used ? [`${node}: ${family} was not read: ${reason}`] : [];
  });
}
