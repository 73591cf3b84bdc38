// xt_tcpudp, its TCP half: ports and flags.
import { defineMatch, type Tri, when } from './extension.ts';
import { inPortRange, inTransport } from './ports.ts';

export const tcp = defineMatch({
  name: 'tcp',
  // iptables-save prints `--syn` as `--tcp-flags FIN,SYN,RST,ACK SYN`.
  options: { sport: 'word', dport: 'word', 'tcp-option': 'word', 'tcp-flags': 'pair', syn: 'flag' },
  matches: (options, packet) =>
    inTransport(
      packet,
      'tcp',
      when(options.sport, (range) => inPortRange(range, packet.sourcePort)),
      when(options.dport, (range) => inPortRange(range, packet.destinationPort)),
      when(options['tcp-flags'], (mask, set) => hasFlags(mask, set, packet.tcpFlags)),
      when(options.syn, () => hasFlags('FIN,SYN,RST,ACK', 'SYN', packet.tcpFlags)),
      when(options['tcp-option'], () => undefined),
    ),
});

const allFlags: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** Of the flags in `mask`, exactly those in `set` are set. */
function hasFlags(mask: string, set: string, flags: readonly string[] | undefined): Tri {
  const [examined, wanted] = [readFlags(mask), readFlags(set)];
  if (examined === undefined || wanted === undefined || flags === undefined) return undefined;
  return allFlags.every((flag) => (examined.includes(flag) && flags.includes(flag)) === wanted.includes(flag));
}

function readFlags(text: string): readonly string[] | undefined {
  if (text === 'ALL') return allFlags;
  if (text === 'NONE') return [];
  const names = text.split(',');
  return names.every((name) => allFlags.includes(name)) ? names : undefined;
}
