// Near misses: what was meant stands first, and what cannot have been meant is not offered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../src/analyses/near.ts';

const names = [
  'web',
  'web-np',
  'cart',
  'checkout',
  'kube-dns',
  'payments',
  'KUBE-SERVICES',
  'KUBE-SVC-NPX46M4PTMTKRN6Y',
];

for (const [wanted, expected] of [
  ['wep', ['web']],
  ['wbe', ['web']],
  ['web', ['web', 'web-np']],
  ['weeb', ['web']],
  ['crat', ['cart']],
  ['chekout', ['checkout']],
  ['KubeDNS', ['kube-dns']],
  ['dns', ['kube-dns']],
  ['kube-service', ['KUBE-SERVICES']],
  ['paymentservice', []],
  ['nothing-like-it', []],
] as const) {
  test(`${wanted}: ${expected.join(', ') || 'none'}`, () => assert.deepEqual(nearest(wanted, names, 2), expected));
}

test('no names, no limit, no word', () => {
  assert.deepEqual(nearest('web', [], 3), []);
  assert.deepEqual(nearest('web', names, 0), []);
  assert.ok(nearest('', names, 3).length <= 3);
});

test('equally near: by the names’ own order, whatever the order they came in', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 12 }),
      fc.uniqueArray(fc.string({ maxLength: 8 }), { maxLength: 12 }),
      (wanted, all) => {
        const found = nearest(wanted, all, 4);
        assert.ok(found.length <= 4);
        for (const name of found) assert.ok(all.includes(name));
        assert.deepEqual(nearest(wanted, all.toReversed(), 4), found);
        if (all.includes(wanted)) assert.ok(found.includes(wanted) || wanted === '' || found.length === 4);
      },
    ),
  );
});

test('the nearest is found in a long list of long names', { timeout: 60_000 }, () => {
  const many = Array.from({ length: 25_000 }, (_, at) => `service-number-${at}-of-a-large-cluster`);
  assert.equal(
    nearest('service-number-24999-of-a-large-clusterr', many, 3)[0],
    'service-number-24999-of-a-large-cluster',
  );
});
