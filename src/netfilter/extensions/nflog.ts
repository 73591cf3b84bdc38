// xt_NFLOG: hands a copy to a logging program.
import { defineTarget } from './extension.ts';

export const nflog = defineTarget({
  name: 'NFLOG',
  options: {
    'nflog-prefix': 'string',
    'nflog-group': 'word',
    'nflog-range': 'word',
    'nflog-size': 'word',
    'nflog-threshold': 'word',
  },
  flow: 'continues',
});
