// xt_realm: the realm of the packet's route.
import { defineMatch } from './extension.ts';

export const realm = defineMatch({
  name: 'realm',
  options: { realm: 'word' },
  matches: () => undefined,
});
