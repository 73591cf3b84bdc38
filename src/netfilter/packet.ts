// A packet as a rule sees it. Every field may be absent: then it is not known, and a match on it answers `undefined`.
import type { Address, Family } from '../address.ts';

export type { Family } from '../address.ts';

/** An interface name, or `null` where the packet has none on this side (a locally made packet has no input interface). */
export type Interface = string | null;

/** The address types of addrtype (RTN_* of linux/rtnetlink.h). */
export type AddressType =
  | 'UNSPEC'
  | 'UNICAST'
  | 'LOCAL'
  | 'BROADCAST'
  | 'ANYCAST'
  | 'MULTICAST'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT';

/** conntrack states and status bits as `--ctstate` and `--ctstatus` name them. */
export type ConntrackState = 'INVALID' | 'NEW' | 'RELATED' | 'ESTABLISHED' | 'UNTRACKED';
export type ConntrackStatus = 'NONE' | 'EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED';

export interface Packet {
  readonly family: Family;
  /** `tcp`, `udp`, `sctp`, `icmp`, `ipv6-icmp`... as iptables prints it, or a number as text. */
  readonly protocol?: string;
  readonly source?: Address;
  readonly destination?: Address;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Set where the addresses' kinds are known although the addresses may not be. */
  readonly sourceType?: AddressType;
  readonly destinationType?: AddressType;
  readonly inInterface?: Interface;
  readonly outInterface?: Interface;
  /** Bridge ports, for physdev; `null` where the packet did not cross a bridge on that side. */
  readonly physicalIn?: Interface;
  readonly physicalOut?: Interface;
  readonly fragment?: boolean;
  readonly mark?: number;
  readonly connectionMark?: number;
  readonly state?: ConntrackState;
  /** Whether the connection was source- or destination-translated (`--ctstate SNAT`, `DNAT`). */
  readonly translated?: { readonly source?: boolean; readonly destination?: boolean };
  readonly status?: readonly ConntrackStatus[];
  readonly direction?: 'ORIGINAL' | 'REPLY';
  /** The addresses and ports the connection began with, for `--ctorigdst` and its kin. */
  readonly original?: {
    readonly source?: Address;
    readonly destination?: Address;
    readonly sourcePort?: number;
    readonly destinationPort?: number;
  };
  /** What a reply will bear, for `--ctreplsrc` and its kin. */
  readonly reply?: Packet['original'];
  /** TCP flags that are set: `SYN`, `ACK`, `FIN`, `RST`, `URG`, `PSH`. */
  readonly tcpFlags?: readonly string[];
  readonly icmp?: { readonly type: number; readonly code: number };
  /** Of the sending socket; `null` where no local socket sends this packet. */
  readonly owner?: { readonly uid?: number; readonly gid?: number } | null;
  readonly sourceMac?: string;
  /** Whether a route back to the source leaves by the interface it came in on. */
  readonly reversePathOk?: boolean;
  /** Names of recent lists that hold the source address: a new client is in none. */
  readonly recentLists?: readonly string[];
  /** Members of ipsets by the set's name, where captured. Answers `undefined` for a set it does not know. */
  readonly inSet?: (set: string, directions: readonly ('src' | 'dst')[]) => boolean | undefined;
}

/** The packet with fields set, or made unknown by `undefined`. */
export function withFields<K extends keyof Packet>(
  packet: Packet,
  fields: { readonly [F in K]: Packet[F] | undefined },
): Packet {
  const next: Packet = { ...packet, ...fields } as Packet;
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as unknown as Packet;
}
