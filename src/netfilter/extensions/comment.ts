// xt_comment: a note on a rule. Fits every packet.
import { defineMatch } from './extension.ts';

export const comment = defineMatch({
  name: 'comment',
  options: { comment: 'string' },
  matches: () => true,
});
