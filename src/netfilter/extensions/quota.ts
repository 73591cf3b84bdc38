// xt_quota: fits until a number of bytes has passed.
import { defineMatch } from './extension.ts';

export const quota = defineMatch({
  name: 'quota',
  options: { quota: 'word' },
  // Traffic decides, not the packet.
  matches: () => undefined,
});
