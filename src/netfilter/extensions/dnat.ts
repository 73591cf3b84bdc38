// xt_nat: gives the connection another destination.
import { defineTarget, type Options } from './extension.ts';
import { type NatRange, readNatRange } from './nat-range.ts';

const table = { 'to-destination': 'word', random: 'flag', persistent: 'flag' } as const;

export const dnat = defineTarget({ name: 'DNAT', options: table, flow: 'ends' });

/** Where the connection is sent. `undefined` where the rule does not say, or cannot be understood. */
export function destinationOf(options: Options<typeof table>): NatRange | undefined {
  const text = options['to-destination']?.values[0];
  return text === undefined ? undefined : readNatRange(text);
}
