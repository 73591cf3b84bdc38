// xt_LOG: a line in the kernel's log.
import { defineTarget } from './extension.ts';

export const log = defineTarget({
  name: 'LOG',
  options: {
    'log-prefix': 'string',
    'log-level': 'word',
    'log-tcp-sequence': 'flag',
    'log-tcp-options': 'flag',
    'log-ip-options': 'flag',
    'log-uid': 'flag',
    'log-macdecode': 'flag',
  },
  flow: 'continues',
});
