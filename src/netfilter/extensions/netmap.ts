// xt_NETMAP: maps one network to another, address by address.
import { defineTarget } from './extension.ts';

export const netmap = defineTarget({ name: 'NETMAP', options: { to: 'word' }, flow: 'ends' });
