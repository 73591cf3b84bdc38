// xt_AUDIT: a record in the audit log.
import { defineTarget } from './extension.ts';

export const audit = defineTarget({ name: 'AUDIT', options: { type: 'word' }, flow: 'continues' });
