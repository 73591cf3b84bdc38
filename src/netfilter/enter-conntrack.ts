// Connection tracking meets the packet: behind raw it has a connection, unless a rule there told it not to
// (nf_conntrack_in, net/netfilter/nf_conntrack_core.c).
import type { ConntrackState, Packet } from './packet.ts';
import type { WalkState } from './walk-state.ts';

/** `state` is what tracking makes of the packet, where it is asked: `NEW` for the first of a connection. */
export function enterConntrack(entry: WalkState, state: ConntrackState): WalkState {
  // A packet that comes in again by the loopback device keeps what it has.
  if (entry.tracking === 'tracked' || entry.tracking === 'untracked') return entry;
  const packet = { ...entry.packet, state };
  if (state === 'UNTRACKED') return { ...entry, tracking: 'untracked', packet };
  if (state === 'INVALID') return { ...entry, tracking: 'invalid', packet };
  return { ...entry, tracking: 'tracked', packet: state === 'NEW' ? { ...firstOf(packet), ...packet } : packet };
}

/** What is known of a connection that begins with this packet. */
function firstOf(packet: Packet): Partial<Packet> {
  const { source, destination, sourcePort, destinationPort, icmp } = packet;
  // To tracking an ICMP message has its type and code where others have a port (struct nf_conntrack_tuple).
  const typeAndCode = icmp && icmp.type * 256 + icmp.code;
  const original = known({ source, destination, sourcePort, destinationPort: destinationPort ?? typeAndCode });
  const reply = known({
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  });
  return {
    original,
    reply,
    connectionMark: 0,
    translated: { source: false, destination: false },
    status: [],
    direction: 'ORIGINAL',
  };
}

type Ends = NonNullable<Packet['original']>;

function known(ends: { readonly [K in keyof Ends]: Ends[K] | undefined }): Ends {
  return Object.fromEntries(Object.entries(ends).filter(([, value]) => value !== undefined));
}
