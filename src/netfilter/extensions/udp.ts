// xt_tcpudp, its UDP half: ports.
import { defineMatch, when } from './extension.ts';
import { inPortRange, inTransport } from './ports.ts';

export const udp = defineMatch({
  name: 'udp',
  options: { sport: 'word', dport: 'word' },
  matches: ({ sport, dport }, packet) =>
    inTransport(
      packet,
      'udp',
      when(sport, (range) => inPortRange(range, packet.sourcePort)),
      when(dport, (range) => inPortRange(range, packet.destinationPort)),
    ),
});
