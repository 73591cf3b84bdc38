// The answer to a packet: who sends it to whom, what tracking takes it for, and how its connection rewrites it.
import { type Packet, withFields } from './packet.ts';
import type { ReplyRewrite } from './walk-state.ts';

/** Echo replies by the type of their requests, ICMP and ICMPv6. */
const echoReplies = new Map([
  [8, 0],
  [128, 129],
]);

/** The answer as it sets out: to the node by `inInterface`, or from the node itself (`null`). */
export function answerTo(packet: Packet, inInterface: string | null): Packet {
  const { family, protocol, source, destination, sourcePort, destinationPort, original, reply, connectionMark } =
    packet;
  const tracked = packet.state === 'NEW' || packet.state === 'ESTABLISHED';
  // To tracking that has not seen the first packet, an answer is the first, or what cannot begin a connection.
  const cannotBegin = protocol === undefined || ['tcp', 'sctp', 'icmp', 'ipv6-icmp'].includes(protocol);
  const state = tracked ? 'ESTABLISHED' : cannotBegin ? 'INVALID' : 'NEW';
  const tcpFlags = packet.tcpFlags && ['SYN', 'ACK'];
  const echo = packet.icmp && echoReplies.get(packet.icmp.type);
  return withFields(
    { family, inInterface, mark: 0, fragment: false, direction: 'REPLY', state },
    {
      protocol,
      source: destination,
      destination: source,
      sourcePort: destinationPort,
      destinationPort: sourcePort,
      original: tracked ? original : undefined,
      reply: tracked ? reply : undefined,
      connectionMark: tracked ? connectionMark : undefined,
      translated: tracked ? packet.translated : undefined,
      tcpFlags,
      icmp: echo === undefined ? undefined : { type: echo, code: 0 },
      status: tracked ? ['SEEN_REPLY', 'CONFIRMED'] : undefined,
    },
  );
}

/** The answer comes from whom the packet was sent to in the end, and must seem to come from whom it was sent to first. */
export function rewriteOf({ original, translated, state, icmp }: Packet): ReplyRewrite {
  if (state !== 'NEW' || original === undefined) return { destination: undefined, source: undefined };
  const { source, destination } = original;
  const [sourcePort, destinationPort] = icmp === undefined ? [original.sourcePort, original.destinationPort] : [];
  return {
    destination: translated?.source === false ? undefined : { address: source, port: sourcePort },
    source: translated?.destination === false ? undefined : { address: destination, port: destinationPort },
  };
}
