// xt_policy: the IPsec policy of the packet. `--next` repeats the options: a clause with it stays unknown.
import { defineMatch } from './extension.ts';

export const policy = defineMatch({
  name: 'policy',
  options: {
    dir: 'word',
    pol: 'word',
    strict: 'flag',
    reqid: 'word',
    spi: 'word',
    proto: 'word',
    mode: 'word',
    'tunnel-dst': 'word',
    'tunnel-src': 'word',
  },
  matches: () => undefined,
});
