import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visible } from '../../src/renderers/visible.ts';
import { endThatFits, startThatFits, widthOf } from '../../src/renderers/width.ts';
import { text } from './hostile.ts';

const cases: readonly (readonly [text: string, width: number])[] = [
  ['', 0],
  ['nat:167', 7],
  ['Übergröße', 9],
  ['e\u0301', 1],
  ['日本語', 6],
  ['한글', 4],
  ['\u1112\u1161\u11ab', 2],
  ['ｱｲｳ', 3],
  ['ＡＢ', 4],
  ['😀', 2],
  ['🇨🇿', 2],
  ['→…─', 3],
  ['ไม้', 2],
];

for (const [given, width] of cases) {
  test(`width of ${given || 'nothing'}`, () => assert.equal(widthOf(given), width));
}

test('a start and an end fit their room and waste no more than half a wide character', () => {
  fc.assert(
    fc.property(text.map(visible), fc.nat({ max: 40 }), (given, room) => {
      const start = startThatFits(given, room);
      const end = endThatFits(given, room);
      assert.ok(given.startsWith(start) && given.endsWith(end));
      for (const part of [start, end]) assert.ok(widthOf(part) <= room);
      if (start !== given) assert.ok(widthOf(start) >= room - 1);
    }),
  );
});

test('an end does not begin with an accent that lost its letter', () => assert.equal(endThatFits('ae\u0301b', 1), 'b'));
