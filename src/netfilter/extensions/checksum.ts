// xt_CHECKSUM: fills in a checksum that was left to the network card.
import { defineTarget } from './extension.ts';

export const checksum = defineTarget({ name: 'CHECKSUM', options: { 'checksum-fill': 'flag' }, flow: 'continues' });
