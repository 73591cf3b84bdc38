// xt_esp, ipt_ah and ip6t_ah: the security parameter index of an IPsec header.
import { all, defineMatch, when } from './extension.ts';
import { inTransport } from './ports.ts';

export const esp = defineMatch({
  name: 'esp',
  options: { espspi: 'word' },
  matches: ({ espspi }, packet) =>
    inTransport(
      packet,
      'esp',
      when(espspi, () => undefined),
    ),
});

export const ah = defineMatch({
  name: 'ah',
  options: { ahspi: 'word', ahlen: 'word', ahres: 'flag' },
  // In IPv6 the header may stand before one of another protocol.
  matches: (_options, packet) => (packet.family === 'IPv4' ? all(inTransport(packet, 'ah'), undefined) : undefined),
});
