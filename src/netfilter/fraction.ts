// A probability as an exact fraction. A cascade of a thousand random rules has denominators of 31,000 bits, and its
// shares still add up to exactly 1: whoever wants digits asks for them last.

/** A number from 0 to 1, not reduced. The denominator is never 0. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const one: Fraction = { numerator: 1n, denominator: 1n };
export const zero: Fraction = { numerator: 0n, denominator: 1n };

export function times(a: Fraction, b: Fraction): Fraction {
  if (isOne(a)) return b;
  if (isOne(b)) return a;
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.numerator === 0n) return b;
  if (b.numerator === 0n) return a;
  if (a.denominator === b.denominator) return { numerator: a.numerator + b.numerator, denominator: a.denominator };
  // In a cascade one denominator divides the other: then the sum needs no product of both.
  if (a.denominator > b.denominator && a.denominator % b.denominator === 0n) {
    return { numerator: a.numerator + b.numerator * (a.denominator / b.denominator), denominator: a.denominator };
  }
  if (b.denominator % a.denominator === 0n) return plus(b, a);
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** What is left of 1. */
export function complement(a: Fraction): Fraction {
  return { numerator: a.denominator - a.numerator, denominator: a.denominator };
}

export function isLess(a: Fraction, b: Fraction): boolean {
  if (a.denominator === b.denominator) return a.numerator < b.numerator;
  return a.numerator * b.denominator < b.numerator * a.denominator;
}

export function isZero(a: Fraction): boolean {
  return a.numerator === 0n;
}

export function isOne(a: Fraction): boolean {
  return a.numerator === a.denominator;
}

/** The nearest double; 0 below the smallest. */
export function toNumber({ numerator, denominator }: Fraction): number {
  if (numerator === 0n) return 0;
  // 60 significant bits of the quotient at least, however long the operands are.
  const shift = Math.max(0, bits(denominator) - bits(numerator) + 64);
  const shifted = numerator << BigInt(shift);
  // A remainder must not look like a tie between two doubles.
  const quotient = (shifted / denominator) | (shifted % denominator === 0n ? 0n : 1n);
  return Number(quotient) / 2 ** Math.min(shift, 1023) / 2 ** Math.max(0, shift - 1023);
}

function bits(number: bigint): number {
  return number.toString(16).length * 4;
}
