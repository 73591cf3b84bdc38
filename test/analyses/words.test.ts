// How figures and lists are said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, duration, listing, percent, wayName, wayText } from '../../src/analyses/words.ts';
import type { Fraction } from '../../src/netfilter/fraction.ts';

const fraction = (numerator: bigint, denominator: bigint): Fraction => ({ numerator, denominator });

const shares: readonly (readonly [Fraction, string])[] = [
  [fraction(0n, 1n), '0 %'],
  [fraction(1n, 1n), '100 %'],
  [fraction(1n, 2n), '50 %'],
  [fraction(1n, 3n), '33.3 %'],
  [fraction(2n, 3n), '66.7 %'],
  [fraction(1n, 7n), '14.3 %'],
  [fraction(1n, 200n), '0.50 %'],
  [fraction(1n, 1100n), '0.091 %'],
  [fraction(1n, 319n), '0.31 %'],
  [fraction(1n, 5000n), '0.020 %'],
  [fraction(1n, 100n), '1 %'],
  [fraction(999n, 1000n), '99.9 %'],
];

for (const [share, text] of shares) test(text, () => assert.equal(percent(share), text));

test('what is not all is not called all, and what is not nothing is not called nothing', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 4000n }), fc.bigInt({ min: 1n, max: 4000n }), (a, b) => {
      const share = a < b ? fraction(a, b) : fraction(b, a);
      const text = percent(share);
      assert.match(text, /^[<>]?\d{1,3}(?:\.\d{1,3})? %$/);
      if (a !== b) assert.notEqual(text, '100 %', `${a}/${b}`);
      assert.notEqual(text, '0 %', `${a}/${b}`);
    }),
  );
});

test('a share too small for three decimals is not called nothing, one that lacks little is not called all', () => {
  assert.equal(percent(fraction(1n, 10_000_000n)), '<0.001 %');
  assert.equal(percent(fraction(9_999_999n, 10_000_000n)), '>99.9 %');
  assert.equal(percent(fraction(3n, 3n)), '100 %');
  assert.equal(percent(fraction(0n, 7n)), '0 %');
});

for (const [items, limit, text] of [
  [[], 4, ''],
  [['a'], 4, 'a'],
  [['a', 'b'], 4, 'a and b'],
  [['a', 'b', 'c'], 4, 'a, b and c'],
  [['a', 'b', 'c', 'd'], 4, 'a, b, c and d'],
  [['a', 'b', 'c', 'd', 'e'], 4, 'a, b, c and 2 more'],
  [['a', 'b', 'c'], 2, 'a and 2 more'],
] as const) {
  test(`"${text}"`, () => assert.equal(listing(items, limit), text));
}

test('counts, durations and ways in', () => {
  assert.deepEqual([count(0, 'rule'), count(1, 'rule'), count(2, 'rule')], ['0 rules', '1 rule', '2 rules']);
  assert.equal(count(2, 'address', 'addresses'), '2 addresses');
  assert.deepEqual([10800, 600, 90, 1, 3600, 5400].map(duration), ['3 h', '10 min', '90 s', '1 s', '1 h', '90 min']);
  assert.equal(wayText({ address: undefined, port: 30080 }), '*:30080');
  assert.equal(wayText({ address: 'fd00::1', port: 443 }), '[fd00::1]:443');
  assert.equal(wayName({ type: 'NodePort', address: undefined, port: 30080 }), 'node port 30080');
  assert.equal(wayName({ type: 'LoadBalancer', address: '192.0.2.1', port: 80 }), 'load balancer IP 192.0.2.1:80');
  assert.equal(wayName({ type: 'ExternalIP', address: 'fd00::2', port: 80 }), 'external IP [fd00::2]:80');
});
