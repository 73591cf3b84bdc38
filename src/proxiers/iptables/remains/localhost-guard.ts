// Whether somebody keeps packets from other hosts away from 127.0.0.0/8, as kube-proxy and kubelet do in KUBE-FIREWALL
// (CVE-2020-8558): needed wherever route_localnet lets such packets in.
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import { traverse } from '../../../netfilter/traverse.ts';

/** True only where such a packet is certainly let through to the node. IPv6 has no such setting. */
export function isLocalhostOpen({ family, tables }: Ruleset): boolean {
  const filter = tables.find(({ name }) => name === 'filter');
  const input = filter?.chain('INPUT');
  if (family !== 'IPv4' || filter === undefined || input === undefined) return false;
  const ends = traverse(filter, input, {
    family,
    protocol: 'tcp',
    // RFC 5737: nobody's.
    source: '203.0.113.1',
    sourceType: 'UNICAST',
    destination: '127.0.0.1',
    destinationType: 'LOCAL',
    // Nobody's: ports that somebody let in on purpose are another matter.
    destinationPort: 9,
    sourcePort: 40_000,
    tcpFlags: ['SYN'],
    inInterface: 'another-interface',
    outInterface: null,
    state: 'NEW',
    translated: { source: false, destination: false },
    status: [],
    mark: 0,
    fragment: false,
  });
  return ends.every(
    ({ kind, rule }) =>
      (kind === 'fell-through' && input.policy === 'ACCEPT') ||
      (kind === 'target' && rule?.target.kind === 'verdict' && rule.target.verdict === 'ACCEPT'),
  );
}
