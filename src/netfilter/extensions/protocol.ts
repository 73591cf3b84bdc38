// Protocols by name and number, as iptables-save spells them (xtables_chain_protos, libxtables/xtables.c).
import type { Packet } from '../packet.ts';
import type { Tri } from './extension.ts';

const numbers: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'mobility-header': 135,
  'ipv6-mh': 135,
  sctp: 132,
  udplite: 136,
};

/** `tcp` and `6` are 6; `undefined` for a name that is not known. */
export function protocolNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  return Object.hasOwn(numbers, text) ? numbers[text] : undefined;
}

/** Whether the packet is of this protocol. */
export function isProtocol(packet: Packet, protocol: string): Tri {
  if (packet.protocol === undefined) return undefined;
  const [left, right] = [protocolNumber(packet.protocol), protocolNumber(protocol)];
  return left === undefined || right === undefined ? undefined : left === right;
}
