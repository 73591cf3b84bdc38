// The rules of recorded nodes, and packets to what they have rules for: from a neighbour, from afar and from the node.
import { readFileSync } from 'node:fs';
import { matchOf, type Ruleset } from '../../../src/netfilter/ruleset.ts';
import { recordingsFolder } from '../../proxiers/recordings.ts';
import { addresses } from './addresses.ts';
import { firstFromNode, firstFromWire, type Sent } from './random-packets.ts';
import type { Backend } from './world.ts';

const recordings: readonly (readonly [string, Backend])[] = [
  ['1.25-iptables', 'nft'],
  ['1.36-iptables', 'nft'],
  ['1.36-iptables-legacy', 'legacy'],
  ['1.36-iptables-masqall', 'nft'],
  ['1.36-iptables-nodeportaddr', 'legacy'],
  ['live-node-a', 'nft'],
];

export const recordedRules = recordings.flatMap(([folder, backend]) =>
  (['ip', 'ip6'] as const).map((program) => ({
    name: `${folder}, ${program}tables`,
    family: program === 'ip' ? ('IPv4' as const) : ('IPv6' as const),
    backend,
    text: loadable(readFileSync(`${recordingsFolder}${folder}/${program}tables-save.txt`, 'utf8')),
  })),
);

/**
 * By its source port it is told which packet has left: MASQUERADE must not draw another. The objects of nfacct are not
 * on this node; the match fits every packet.
 */
function loadable(text: string): string {
  return text.replaceAll(' --random-fully', '').replaceAll(/ -m nfacct --nfacct-name +\S+/g, '');
}

interface Service {
  readonly protocol: 'tcp' | 'udp';
  /** Absent where the rule is for any address of the node. */
  readonly address: string | undefined;
  readonly port: number;
}

/** Three packets to each address and port that a rule of the nat table names. */
export function packetsToServices(ruleset: Ruleset): readonly Sent[] {
  const { family } = ruleset;
  const { own, far, near } = addresses[family];
  const [node = ''] = own;
  return servicesIn(ruleset).flatMap(({ protocol, address, port }, index) => {
    const packet = { family, protocol, destination: address ?? node, destinationPort: port };
    const sourcePort = 20_000 + index * 3;
    return [
      firstFromWire({ ...packet, source: far[0] ?? '', sourcePort }, 1),
      firstFromWire({ ...packet, source: near[2]?.[0] ?? '', sourcePort: sourcePort + 1 }, 2),
      firstFromNode({ ...packet, source: node, sourcePort: sourcePort + 2 }),
    ];
  });
}

function servicesIn({ tables }: Ruleset): readonly Service[] {
  const services = new Map<string, Service>();
  for (const rule of tables.find(({ name }) => name === 'nat')?.rules() ?? []) {
    const protocol = matchOf(rule, 'protocol')?.protocol;
    if (protocol !== 'tcp' && protocol !== 'udp') continue;
    const port = Number(matchOf(rule, protocol)?.options.dport?.values[0]);
    if (!Number.isInteger(port)) continue;
    const address = matchOf(rule, 'destination')?.prefix.split('/')[0];
    services.set(`${protocol} ${address} ${port}`, { protocol, address, port });
  }
  return [...services.values()];
}
