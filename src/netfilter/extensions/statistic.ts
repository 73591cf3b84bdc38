// xt_statistic: a rule that takes a share of the packets, at random or one in every n.
import { defineMatch, type Options } from './extension.ts';

const table = { mode: 'word', probability: 'word', every: 'word', packet: 'word' } as const;

export const statistic = defineMatch({
  name: 'statistic',
  options: table,
  // Chance decides, not the packet.
  matches: () => undefined,
});

/** The kernel keeps a probability as a multiple of 2^-31 (xt_statistic.c compares 31 random bits). */
const steps = 2 ** 31;

/**
 * The share of packets that a `statistic` clause takes, as an exact fraction: what the kernel holds, not the digits
 * that were printed. `undefined` where the clause is not understood.
 */
export function statisticShare(
  options: Options<typeof table>,
): { readonly numerator: bigint; readonly denominator: bigint } | undefined {
  const { mode, probability, every } = options;
  if (mode?.values[0] === 'random' && probability !== undefined) {
    const value = Number(probability.values[0]);
    if (!(value >= 0 && value <= 1)) return undefined;
    const taken = BigInt(Math.round(value * steps));
    return { numerator: probability.negated ? BigInt(steps) - taken : taken, denominator: BigInt(steps) };
  }
  if (mode?.values[0] === 'nth' && every !== undefined) {
    const period = Number(every.values[0]);
    if (!Number.isSafeInteger(period) || period < 1) return undefined;
    return { numerator: every.negated ? BigInt(period - 1) : 1n, denominator: BigInt(period) };
  }
  return undefined;
}
