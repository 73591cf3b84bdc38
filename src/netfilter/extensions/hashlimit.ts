// xt_hashlimit: a token bucket for each address or port.
import { defineMatch } from './extension.ts';

export const hashlimit = defineMatch({
  name: 'hashlimit',
  options: {
    'hashlimit-upto': 'word',
    'hashlimit-above': 'word',
    // Of releases before 1.4.1, for `--hashlimit-upto`.
    hashlimit: 'word',
    'hashlimit-burst': 'word',
    'hashlimit-mode': 'word',
    'hashlimit-name': 'word',
    'hashlimit-htable-size': 'word',
    'hashlimit-htable-max': 'word',
    'hashlimit-htable-gcinterval': 'word',
    'hashlimit-htable-expire': 'word',
    'hashlimit-srcmask': 'word',
    'hashlimit-dstmask': 'word',
    'hashlimit-rate-match': 'flag',
    'hashlimit-rate-interval': 'word',
  },
  // Traffic decides, not the packet.
  matches: () => undefined,
});
