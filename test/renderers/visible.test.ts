import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visible, visibleAll } from '../../src/renderers/visible.ts';
import { text } from './hostile.ts';

const cases: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['a name', 'web-7d9f8b6c5', 'web-7d9f8b6c5'],
  ['letters of all scripts', 'Ünïcode 日本語 Ελλ', 'Ünïcode 日本語 Ελλ'],
  ['a combining accent', 'e\u0301', 'e\u0301'],
  ['the escape of a terminal sequence', '\x1b[2J', '\\x1b[2J'],
  ['its one-byte form, C1', '\x9b2J', '\\x9b2J'],
  ['line ends and tabs', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
  ['right-to-left override', 'a\u202eb', 'a\\u202eb'],
  ['directional isolate', '\u2066', '\\u2066'],
  ['zero-width space and byte order mark', '\u200b\ufeff', '\\u200b\\ufeff'],
  ['soft hyphen and no-break space', '\xad\xa0', '\\xad\\xa0'],
  ['a tag beyond the first plane', '\u{e0041}', '\\u{e0041}'],
  ['a variation selector', '\ufe0f', '\\ufe0f'],
  ['lone surrogates', '\ud800 \udfff', '\\ud800 \\udfff'],
  ['line separator', '\u2028', '\\u2028'],
  ['a backslash of a rule', '--comment "a\\"b"', '--comment "a\\"b"'],
];

for (const [what, given, shown] of cases) {
  test(`visible: ${what}`, () => assert.equal(visible(given), shown));
}

test('what is visible stays as it is', () => {
  fc.assert(fc.property(text, (given) => assert.equal(visible(visible(given)), visible(given))));
});

test('every string in a value is made visible, and nothing else is changed', () => {
  const value = { a: ['\x1b', { b: '\n', c: 1 / 3 }], d: null, e: true };
  assert.deepEqual(visibleAll(value), { a: ['\\x1b', { b: '\\n', c: 1 / 3 }], d: null, e: true });
});
