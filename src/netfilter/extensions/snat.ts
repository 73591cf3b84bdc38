// xt_nat: gives the connection another source.
import { defineTarget, type Options } from './extension.ts';
import { type NatRange, readNatRange } from './nat-range.ts';

const table = { 'to-source': 'word', random: 'flag', 'random-fully': 'flag', persistent: 'flag' } as const;

export const snat = defineTarget({ name: 'SNAT', options: table, flow: 'ends' });

/** What the connection seems to come from. `undefined` where the rule does not say, or cannot be understood. */
export function sourceOf(options: Options<typeof table>): NatRange | undefined {
  const text = options['to-source']?.values[0];
  return text === undefined ? undefined : readNatRange(text);
}
