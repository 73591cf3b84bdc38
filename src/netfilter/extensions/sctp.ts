// xt_sctp: ports and chunk types.
import { defineMatch, when } from './extension.ts';
import { inPortRange, inTransport } from './ports.ts';

export const sctp = defineMatch({
  name: 'sctp',
  options: { sport: 'word', dport: 'word', 'chunk-types': 'pair' },
  matches: (options, packet) =>
    inTransport(
      packet,
      'sctp',
      when(options.sport, (range) => inPortRange(range, packet.sourcePort)),
      when(options.dport, (range) => inPortRange(range, packet.destinationPort)),
      when(options['chunk-types'], () => undefined),
    ),
});
