// xt_REDIRECT: gives the connection this node as its destination.
import { defineTarget } from './extension.ts';

export const redirect = defineTarget({
  name: 'REDIRECT',
  options: { 'to-ports': 'word', random: 'flag' },
  flow: 'ends',
});
