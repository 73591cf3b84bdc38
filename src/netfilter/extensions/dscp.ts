// xt_dscp: the DSCP field of the packet, tested (`-m dscp`) and set (`-j DSCP`). Classes are printed as numbers.
import { defineMatch, defineTarget } from './extension.ts';

export const dscp = defineMatch({
  name: 'dscp',
  options: { dscp: 'word' },
  matches: () => undefined,
});

export const dscpTarget = defineTarget({ name: 'DSCP', options: { 'set-dscp': 'word' }, flow: 'continues' });
