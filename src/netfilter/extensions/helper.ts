// xt_helper: the conntrack helper of the packet's connection.
import { defineMatch } from './extension.ts';

export const helper = defineMatch({
  name: 'helper',
  options: { helper: 'string' },
  matches: () => undefined,
});
