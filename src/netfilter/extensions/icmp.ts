// ipt_icmp and ip6t_icmp6: the type, or type and code, of an ICMP message. Names are printed as numbers: `3/4`.
import type { Packet } from '../packet.ts';
import { defineMatch, type Tri, when } from './extension.ts';
import { inTransport } from './ports.ts';

export const icmp = defineMatch({
  name: 'icmp',
  options: { 'icmp-type': 'word' },
  matches: (options, packet) =>
    inTransport(
      packet,
      'icmp',
      // Type 255 is the kernel's `any` (icmp_type_code_match, ip_tables.c).
      when(options['icmp-type'], (text) => text === 'any' || text === '255' || isType(text, packet.icmp)),
    ),
});

export const icmp6 = defineMatch({
  name: 'icmp6',
  options: { 'icmpv6-type': 'word' },
  matches: (options, packet) =>
    inTransport(
      packet,
      'ipv6-icmp',
      when(options['icmpv6-type'], (text) => isType(text, packet.icmp)),
    ),
});

function isType(text: string, message: Packet['icmp']): Tri {
  const [, type, code] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (type === undefined || message === undefined) return undefined;
  return message.type === Number(type) && (code === undefined || message.code === Number(code));
}
