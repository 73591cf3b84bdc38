import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visible } from '../../src/renderers/visible.ts';
import { widthOf } from '../../src/renderers/width.ts';
import { wrapProse, wrapRule } from '../../src/renderers/wrap.ts';
import { text } from './hostile.ts';

type Wrap = typeof wrapProse;

function lines(wrap: Wrap, given: string, room: number): readonly string[] {
  return wrap(given, room).map(([from, to]) => given.slice(from, to));
}

test('prose is broken at spaces, the line filled', () => {
  assert.deepEqual(lines(wrapProse, 'one two three four', 9), ['one two', 'three', 'four']);
});

test('a word longer than the line stands alone', () => {
  assert.deepEqual(lines(wrapProse, 'see KUBE-SVC-LOLE4ISW44XBNF3G now', 10), [
    'see',
    'KUBE-SVC-LOLE4ISW44XBNF3G',
    'now',
  ]);
});

test('a command in backticks is not broken, so that half of it is never pasted', () => {
  assert.deepEqual(lines(wrapProse, 'run `kubectl get pods -A`; then wait', 12), [
    'run',
    '`kubectl get pods -A`;',
    'then wait',
  ]);
});

test('a single backtick is a character', () => {
  assert.deepEqual(lines(wrapProse, 'a ` b c', 3), ['a `', 'b c']);
});

test('a rule is broken before its clauses', () => {
  const rule = '-A KUBE-X ! -s 10.0.0.0/8 -m comment --comment "a -> b" -m tcp --dport 80 -j KUBE-MARK-MASQ';
  assert.deepEqual(lines(wrapRule, rule, 34), [
    '-A KUBE-X ! -s 10.0.0.0/8',
    '-m comment --comment "a -> b"',
    '-m tcp --dport 80',
    '-j KUBE-MARK-MASQ',
  ]);
});

test('a clause longer than the line is broken between its words, never in a quoted one', () => {
  const rule = '-A KUBE-X -m comment --comment "shop/web:http has no endpoints" -j REJECT';
  assert.deepEqual(lines(wrapRule, rule, 24), [
    '-A KUBE-X -m comment',
    '--comment',
    '"shop/web:http has no endpoints"',
    '-j REJECT',
  ]);
});

for (const wrap of [wrapProse, wrapRule]) {
  test(`${wrap.name}: no character but spaces is lost, and a line is too long only when it is one word`, () => {
    fc.assert(
      fc.property(text.map(visible), fc.integer({ min: 1, max: 40 }), (given, room) => {
        const wrapped = lines(wrap, given, room);
        assert.equal(wrapped.join('').replaceAll(' ', ''), given.replaceAll(' ', ''));
        for (const line of wrapped) assert.ok(widthOf(line) <= room || !/^\s*[^\s"`]+ [^\s"`]+$/.test(line), line);
      }),
    );
  });
}
