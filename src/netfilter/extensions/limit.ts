// xt_limit: a token bucket of the rule's own.
import { defineMatch } from './extension.ts';

export const limit = defineMatch({
  name: 'limit',
  options: { limit: 'word', 'limit-burst': 'word' },
  // Traffic decides, not the packet.
  matches: () => undefined,
});
