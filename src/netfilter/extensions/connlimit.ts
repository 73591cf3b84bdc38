// xt_connlimit: how many connections an address has.
import { defineMatch } from './extension.ts';

export const connlimit = defineMatch({
  name: 'connlimit',
  options: {
    'connlimit-upto': 'word',
    'connlimit-above': 'word',
    'connlimit-mask': 'word',
    'connlimit-saddr': 'flag',
    'connlimit-daddr': 'flag',
  },
  // Other connections decide, not the packet.
  matches: () => undefined,
});
