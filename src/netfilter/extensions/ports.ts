// Port ranges, and what all matches on a transport header share (xt_tcpudp.c, xt_sctp.c, xt_multiport.c).
import type { Packet } from '../packet.ts';
import { all, type Tri } from './extension.ts';
import { isProtocol } from './protocol.ts';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/**
 * `80`, `1000:2000`; `:1024` and `1000:` are open on one side. The nat targets print `1000-2000`: their separator is
 * `-`. `undefined` where the text is none of these.
 */
export function portRange(text: string, separator: ':' | '-' = ':'): PortRange | undefined {
  const [first = '', second = first, ...more] = text.split(separator);
  const open = separator === ':' && text.includes(':');
  const from = open && first === '' ? 0 : port(first);
  const to = open && second === '' ? 65535 : port(second);
  if (from === undefined || to === undefined || from > to || more.length > 0) return undefined;
  return { from, to };
}

function port(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number <= 65535 ? number : undefined;
}

/** Whether the port is in the range that `text` spells. */
export function inPortRange(text: string, number: number | undefined): Tri {
  const range = portRange(text);
  if (range === undefined || number === undefined) return undefined;
  return number >= range.from && number <= range.to;
}

/**
 * A match on a transport header, behind the protocol its module is registered for. A later fragment has no such header
 * and fits none of them, negated or not (`if (par->fragoff != 0) return false`).
 */
export function inTransport(packet: Packet, protocol: string, ...parts: readonly Tri[]): Tri {
  return all(isProtocol(packet, protocol), hasTransportHeader(packet), ...parts);
}

/** A packet whose ports, flags or ICMP type are known has the header they stand in. */
export function hasTransportHeader(packet: Packet): Tri {
  if (packet.fragment !== undefined) return !packet.fragment;
  const { sourcePort, destinationPort, tcpFlags, icmp } = packet;
  return sourcePort !== undefined || destinationPort !== undefined || tcpFlags !== undefined || icmp !== undefined
    ? true
    : undefined;
}
