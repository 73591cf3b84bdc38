// xt_CT: how the connection will be tracked, if at all. NOTRACK is its `--notrack` under an older name.
import { defineTarget } from './extension.ts';

export const ct = defineTarget({
  name: 'CT',
  options: {
    notrack: 'flag',
    helper: 'word',
    timeout: 'word',
    ctevents: 'word',
    expevents: 'word',
    zone: 'word',
    'zone-orig': 'word',
    'zone-reply': 'word',
  },
  flow: 'continues',
});

export const notrack = defineTarget({ name: 'NOTRACK', options: {}, flow: 'continues' });
