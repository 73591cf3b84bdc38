// xt_length: the length of the packet.
import { defineMatch } from './extension.ts';

export const length = defineMatch({
  name: 'length',
  options: { length: 'word' },
  matches: () => undefined,
});
