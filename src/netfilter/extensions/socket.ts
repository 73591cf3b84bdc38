// xt_socket: whether this node has a socket that the packet is for.
import { defineMatch } from './extension.ts';

export const socket = defineMatch({
  name: 'socket',
  options: { transparent: 'flag', nowildcard: 'flag', 'restore-skmark': 'flag' },
  // The sockets of the node decide, not the packet.
  matches: () => undefined,
});
