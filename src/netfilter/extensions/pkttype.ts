// xt_pkttype: whether the link layer delivered the packet to one, to many or to all.
import { defineMatch } from './extension.ts';

export const pkttype = defineMatch({
  name: 'pkttype',
  options: { 'pkt-type': 'word' },
  matches: () => undefined,
});
