// xt_TRACE: has the kernel report every rule the packet meets.
import { defineTarget } from './extension.ts';

export const trace = defineTarget({ name: 'TRACE', options: {}, flow: 'continues' });
