// xt_MASQUERADE: gives the connection the address of the interface it leaves by as its source.
import { defineTarget } from './extension.ts';

export const masquerade = defineTarget({
  name: 'MASQUERADE',
  options: { 'to-ports': 'word', random: 'flag', 'random-fully': 'flag' },
  flow: 'ends',
});
