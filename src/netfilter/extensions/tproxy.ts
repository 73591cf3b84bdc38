// xt_TPROXY: gives the packet to a local socket. It accepts, or drops where there is no such socket.
import { defineTarget } from './extension.ts';

export const tproxy = defineTarget({
  name: 'TPROXY',
  options: { 'on-port': 'word', 'on-ip': 'word', 'tproxy-mark': 'word' },
  flow: 'ends',
});
