import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  complement,
  type Fraction,
  isOne,
  isZero,
  one,
  plus,
  times,
  toNumber,
  zero,
} from '../../src/netfilter/fraction.ts';

const steps = 1n << 31n;

/** What a rule of the kernel can hold: a multiple of 2^-31. */
const probability = fc.bigInt({ min: 0n, max: steps }).map((numerator) => ({ numerator, denominator: steps }));
const fraction = fc
  .record({ denominator: fc.bigInt({ min: 1n, max: 1n << 200n }), part: fc.bigInt({ min: 0n, max: 1n << 220n }) })
  .map(({ denominator, part }) => ({ numerator: part % (denominator + 1n), denominator }));

/** The shares of rules in a row, each of what the ones before have left, and what is left in the end. */
function cascade(rules: readonly Fraction[]): { readonly shares: readonly Fraction[]; readonly left: Fraction } {
  let left: Fraction = one;
  const shares = rules.map((rule) => {
    const share = times(left, rule);
    left = times(left, complement(rule));
    return share;
  });
  return { shares, left };
}

/** Equal as numbers: fractions are not reduced. */
function assertEqual(a: Fraction, b: Fraction): void {
  assert.equal(a.numerator * b.denominator, b.numerator * a.denominator);
}

suite('laws', () => {
  test('the shares of any cascade and what is left add up to exactly 1', () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 60 }), (rules) => {
        const { shares, left } = cascade(rules);
        assert.ok(isOne([...shares, left].reduce(plus, zero)));
      }),
    );
  });

  test('in any order of adding', () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (rules, random) => {
        const { shares, left } = cascade(rules);
        const parts = [...shares, left];
        for (let at = parts.length - 1; at > 0; at--) {
          const other = (random.next().value ?? 0) % (at + 1);
          const [a, b] = [parts[at], parts[other]];
          if (a !== undefined && b !== undefined) [parts[at], parts[other]] = [b, a];
        }
        assert.ok(isOne(parts.reduce(plus, zero)));
      }),
    );
  });

  test('plus, times and complement are those of arithmetic', () => {
    fc.assert(
      fc.property(fraction, fraction, fraction, (a, b, c) => {
        assertEqual(plus(a, b), plus(b, a));
        assertEqual(plus(plus(a, b), c), plus(a, plus(b, c)));
        assertEqual(times(a, b), times(b, a));
        assertEqual(times(times(a, b), c), times(a, times(b, c)));
        assertEqual(times(a, plus(b, c)), plus(times(a, b), times(a, c)));
        assertEqual(plus(a, complement(a)), one);
        assertEqual(plus(a, zero), a);
        assertEqual(times(a, one), a);
        assert.ok(isZero(times(a, zero)));
        assertEqual(plus(a, b), {
          numerator: a.numerator * b.denominator + b.numerator * a.denominator,
          denominator: a.denominator * b.denominator,
        });
        assertEqual(times(a, b), { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator });
      }),
    );
  });

  test('nothing is zero or one but zero and one', () => {
    fc.assert(
      fc.property(fraction, (a) => {
        assert.equal(isZero(a), a.numerator === 0n);
        assert.equal(isOne(a), a.numerator === a.denominator);
      }),
    );
    assert.ok(isOne({ numerator: 7n, denominator: 7n }));
    assert.ok(!isZero(one) && !isOne(zero));
  });
});

suite('as a number', () => {
  test('of small operands it is the quotient', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        (numerator, denominator) => {
          assert.equal(
            toNumber({ numerator: BigInt(numerator), denominator: BigInt(denominator) }),
            numerator / denominator,
          );
        },
      ),
    );
  });

  test('of any operands it is within 1e-15 of it', () => {
    fc.assert(
      fc.property(fraction, (a) => {
        assertClose(toNumber(a), a);
      }),
    );
  });

  test('of a cascade of 5,000 rules, too: every share, the smallest as well', () => {
    const rules = Array.from({ length: 5000 }, (_, index) => asKernelHolds(5000 - index));
    const { shares, left } = cascade(rules);
    assert.ok(isZero(left));
    assert.ok(isOne([...shares].reverse().reduce(plus, zero)));
    for (const [index, share] of shares.entries()) {
      if (index % 100 === 0 || index > 4990) assertClose(toNumber(share), share);
      assert.ok(Math.abs(toNumber(share) * 5000 - 1) < 1e-2);
    }
  });

  test('a share too small for a double is 0, and none is NaN', () => {
    assert.equal(toNumber({ numerator: 1n, denominator: 1n << 1000n }), 2 ** -1000);
    assert.equal(toNumber({ numerator: 1n, denominator: 1n << 1074n }), 2 ** -1074);
    assert.equal(toNumber({ numerator: 1n, denominator: 1n << 5000n }), 0);
    assert.equal(toNumber(zero), 0);
    assert.equal(toNumber(one), 1);
  });
});

/** 1/n in ten digits, as kube-proxy writes it, to 31 bits, as the kernel holds it. */
function asKernelHolds(n: number): Fraction {
  return { numerator: BigInt(Math.round(Number((1 / n).toFixed(10)) * 2 ** 31)), denominator: steps };
}

/** Within 1e-15 of the exact value, relatively: compared in integers, so that no rounding judges rounding. */
function assertClose(number: number, { numerator, denominator }: Fraction): void {
  if (numerator === 0n) {
    assert.equal(number, 0);
    return;
  }
  // A double is an integer times a power of two.
  const exponent = Math.floor(Math.log2(number)) - 60;
  const mantissa = BigInt(Math.round(number / 2 ** Math.max(exponent, -1022) / 2 ** Math.min(0, exponent + 1022)));
  const shift = BigInt(-exponent);
  const exact = numerator << shift;
  const got = mantissa * denominator;
  const difference = got > exact ? got - exact : exact - got;
  assert.ok(difference * 10n ** 15n <= exact, `${number} is not ${numerator}/${denominator}`);
}
