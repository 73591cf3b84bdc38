// xt_CLASSIFY: the class of traffic control.
import { defineTarget } from './extension.ts';

export const classify = defineTarget({ name: 'CLASSIFY', options: { 'set-class': 'word' }, flow: 'continues' });
