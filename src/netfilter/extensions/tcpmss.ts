// xt_tcpmss: the MSS option of a TCP segment, tested (`-m tcpmss`). xt_TCPMSS: changed (`-j TCPMSS`).
import { defineMatch, defineTarget, when } from './extension.ts';
import { inTransport } from './ports.ts';

export const tcpmss = defineMatch({
  name: 'tcpmss',
  options: { mss: 'word' },
  matches: ({ mss }, packet) =>
    inTransport(
      packet,
      'tcp',
      when(mss, () => undefined),
    ),
});

export const tcpmssTarget = defineTarget({
  name: 'TCPMSS',
  options: { 'set-mss': 'word', 'clamp-mss-to-pmtu': 'flag' },
  flow: 'continues',
});
