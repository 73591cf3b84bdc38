import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeOf, readJsonTexts } from '../../src/cluster/json-texts.ts';

const json = fc.jsonValue().map((value) => JSON.stringify(value));
const container = json.filter((text) => /^[[{]/.test(text));

test('several texts after one another are read one by one', () => {
  const separator = fc.constantFrom('', '\n', ' \r\n\t', '\n---\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(container, separator), { minLength: 1 }), (texts) => {
      const text = texts.flat().join('');
      assert.deepEqual(readJsonTexts(text), { values: texts.map(([one]) => JSON.parse(one)) });
    }),
  );
});

test('a text cut anywhere is cut, and there', () => {
  fc.assert(
    fc.property(container, fc.nat(), (text, at) => {
      const cut = text.slice(0, 1 + (at % (text.length - 1)));
      const read = readJsonTexts(cut);
      assert.ok('problem' in read && read.problem === 'cut', JSON.stringify(read));
      assert.ok(read.open > 0);
      assert.equal(read.offset, cut.length);
    }),
  );
});

test('a text is read where JSON.parse reads it, and nowhere else', () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:0e-.tru\\\n\u0001 x') });
  const mixed = fc.tuple(json, fc.nat(), noise).map(([text, at, extra]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + extra + text.slice(place);
  });
  fc.assert(
    fc.property(fc.oneof(noise, mixed, fc.string()), (text) => {
      // Lines of dashes may stand between texts: they are no JSON.
      fc.pre(!text.includes('---'));
      const read = readJsonTexts(text);
      const whole = 'values' in read && read.values.length === 1;
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      assert.equal(whole, parsed);
      if ('problem' in read) assert.ok(read.offset <= text.length);
    }),
    { numRuns: 5000 },
  );
});

test('where a text stops being JSON', () => {
  const places: readonly (readonly [string, 'cut' | 'unexpected', number])[] = [
    ['{"a":1,}', 'unexpected', 7],
    ['{"a" 1}', 'unexpected', 5],
    ['{a:1}', 'unexpected', 1],
    ['[1,]', 'unexpected', 3],
    ['[1}', 'unexpected', 2],
    ['{"a":nope}', 'unexpected', 5],
    ['{"a":01}', 'unexpected', 5],
    ['["\\x"]', 'unexpected', 2],
    ['["a\nb"]', 'unexpected', 3],
    ['[] error', 'unexpected', 3],
    ['[]]', 'unexpected', 2],
    ['{"a":tru', 'cut', 8],
    ['{"a":"\\u00', 'cut', 10],
    ['{"a":"b', 'cut', 7],
    ['{"a":1', 'cut', 6],
    ['[-', 'cut', 2],
  ];
  for (const [text, problem, offset] of places) {
    const read = readJsonTexts(text);
    assert.ok('problem' in read, text);
    assert.deepEqual([read.problem, read.offset], [problem, offset], text);
  }
});

test('no text is too deep or too long', () => {
  const long = 3_000_000;
  assert.ok('problem' in readJsonTexts('['.repeat(long)));
  assert.ok('problem' in readJsonTexts('{"a":'.repeat(long)));
  assert.ok('problem' in readJsonTexts(`["${'\\n'.repeat(long)}`));
  assert.ok('problem' in readJsonTexts(`["${'a'.repeat(long)}`));
  assert.ok('problem' in readJsonTexts(`[${'1'.repeat(long)}`));
  assert.ok('problem' in readJsonTexts(`[${'1,'.repeat(long)}`));
  assert.deepEqual(readJsonTexts(`[]${' '.repeat(long)}[]${'\n'.repeat(long)}`), { values: [[], []] });
  const lines = readJsonTexts('{}\n---\n'.repeat(100_000));
  assert.ok('values' in lines && lines.values.length === 100_000);
});

test('places count from 1', () => {
  assert.deepEqual(placeOf('ab\ncd', 0), { line: 1, column: 1 });
  assert.deepEqual(placeOf('ab\ncd', 2), { line: 1, column: 3 });
  assert.deepEqual(placeOf('ab\ncd', 3), { line: 2, column: 1 });
  assert.deepEqual(placeOf('ab\n\n', 4), { line: 3, column: 1 });
});
