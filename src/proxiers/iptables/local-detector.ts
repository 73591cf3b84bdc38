// How this node's rules tell pods from other clients, learnt from the rules themselves.
// pkg/proxy/util/localdetector.go: a CIDR, the name of a bridge, or a prefix of interface names; or not at all.
import { type Address, contains, type Family } from '../../address.ts';
import { matches } from '../../netfilter/matches.ts';
import type { Packet } from '../../netfilter/packet.ts';
import { matchOf, type Rule, type Table } from '../../netfilter/ruleset.ts';
import type { Client } from '../dispatch.ts';
import { markMasqChain, servicesChain, splitHashedName } from './chain-names.ts';
import { soleAddress } from './service-rule.ts';

export type LocalDetector =
  | { readonly kind: 'cidr'; readonly prefix: string }
  | { readonly kind: 'interface'; readonly pattern: string }
  | { readonly kind: 'none' };

/** From the first rule that has one: they are the same for all service ports of a family. */
export function localDetector(nat: Table): LocalDetector {
  for (const name of nat.chainNames(['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-', 'KUBE-XLB-'])) {
    const [first] = nat.chain(name)?.rules() ?? [];
    const detector = first && ofRule(first, splitHashedName(name)?.prefix ?? '');
    if (detector !== undefined) return detector;
  }
  // To 1.21 the masquerade rules stand in KUBE-SERVICES.
  for (const rule of nat.chain(servicesChain)?.rules() ?? []) {
    const detector = ofRule(rule, 'KUBE-SVC-');
    if (detector !== undefined) return detector;
  }
  return { kind: 'none' };
}

/**
 *     -A KUBE-SVC-X ! -s 10.244.0.0/16 -d 10.96.0.1/32 ... -j KUBE-MARK-MASQ
 *     -A KUBE-EXT-X -s 10.244.0.0/16 ... "pod traffic for ..." -j KUBE-SVC-X
 */
export function ofRule(rule: Rule, prefix: string): LocalDetector | undefined {
  const external = prefix === 'KUBE-EXT-' || prefix === 'KUBE-XLB-';
  if (rule.target.kind !== 'jump') return undefined;
  if (external ? splitHashedName(rule.target.chain) === undefined : rule.target.chain !== markMasqChain)
    return undefined;
  const source = matchOf(rule, 'source');
  if (source !== undefined && source.negated !== external) return { kind: 'cidr', prefix: source.prefix };
  const input = matchOf(rule, 'in-interface');
  if (input !== undefined && input.negated !== external) return { kind: 'interface', pattern: input.name };
  return undefined;
}

/** `10.244.0.0/16`, `veth+`: as the rules have it. */
export function detectorText(detector: LocalDetector): string | undefined {
  switch (detector.kind) {
    case 'cidr':
      return detector.prefix;
    case 'interface':
      return detector.pattern;
    default:
      return undefined;
  }
}

/** Addresses for documentation (RFC 5737, RFC 3849): nobody's pod. */
const strangers: Readonly<Record<Family, readonly Address[]>> = {
  IPv4: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1'],
  IPv6: ['2001:db8::1', '2001:db8:ffff::1', '3fff::1'],
};

/**
 * A new connection from one kind of client: what kube-proxy's rules can tell of it. `ranges` are source ranges that an
 * outside client is taken from; the node is within them if the load balancer's own address `to` stands among them, which
 * kube-proxy adds for its node. Whether the client is in a source list of somebody else's is not known.
 */
export function clientPacket(
  client: Client,
  family: Family,
  detector: LocalDetector,
  ranges: readonly string[],
  to?: Address,
): Packet {
  const common = { family, state: 'NEW', recentLists: [], status: [], fragment: false } as const;
  if (client === 'pods') {
    if (detector.kind === 'cidr') {
      return { ...common, source: insideOf(detector.prefix), sourceType: 'UNICAST' };
    }
    const inInterface = detector.kind === 'interface' ? detector.pattern.replace(/\+$/, '0') : 'a-pod-interface';
    return { ...common, source: stranger(family, ranges, []), sourceType: 'UNICAST', inInterface };
  }
  const avoid = detector.kind === 'cidr' ? [detector.prefix] : [];
  if (client === 'node') {
    const own = ranges.filter((range) => soleAddress(range) === to);
    const source = own.length > 0 ? stranger(family, avoid, own) : stranger(family, [...avoid, ...ranges], []);
    return { ...common, source, sourceType: 'LOCAL', inInterface: null };
  }
  return {
    ...common,
    source: stranger(family, avoid, ranges),
    sourceType: 'UNICAST',
    inInterface: 'another-interface',
  };
}

/** Whether a rule takes a client, its destination, protocol and port being the frontend's own: only the source decides. */
export function fitsSource(rule: Rule, packet: Packet): boolean {
  return rule.matches.every((match) => !aboutSource.has(match.kind) || matches(match, packet) !== false);
}

const aboutSource = new Set<string>(['source', 'in-interface', 'addrtype', 'unknown']);

/** An address that no rule of kube-proxy's is about. */
export function strangerOf(family: Family): Address {
  return strangers[family].at(-1) ?? '';
}

function stranger(family: Family, avoid: readonly string[], within: readonly string[]): Address {
  const candidates = [...within.map(insideOf), ...strangers[family]];
  const free = candidates.find((address) => avoid.every((prefix) => contains(prefix, address) !== true));
  return free ?? candidates[0] ?? '';
}

/** The network's own address for a range, the one address of a full prefix. */
function insideOf(prefix: string): Address {
  return soleAddress(prefix) ?? prefix.slice(0, prefix.indexOf('/'));
}
