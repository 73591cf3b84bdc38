import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeWithCliTable } from '../../src/renderers/cli-table.ts';
import { type Grid, printColumns, writePlain } from '../../src/renderers/columns.ts';
import { lineOf, painter, plain } from '../../src/renderers/line.ts';
import { visible } from '../../src/renderers/visible.ts';
import { widthOf } from '../../src/renderers/width.ts';
import type { Column, Piece, Tone } from '../../src/report/report.ts';
import { text } from './hostile.ts';

const columns: readonly Column[] = [{ title: 'Node' }, { title: 'Services', align: 'right' }, { title: 'Note' }];

function print(rows: readonly (readonly string[])[], room?: number): readonly string[] {
  return printColumns(
    columns,
    rows.map((row) => row.map((cell) => lineOf(cell))),
    room,
    painter(false),
    writeWithCliTable,
  );
}

test('columns as kubectl prints them', () => {
  assert.deepEqual(
    print([
      ['node-1', '412/412', ''],
      ['a', '0', 'frozen'],
    ]),
    ['NODE     SERVICES   NOTE', 'node-1    412/412', 'a               0   frozen'],
  );
});

test('an empty cell keeps its place for awk', () => {
  assert.deepEqual(print([['node-5', '', 'timeout'], ['node-6']]), [
    'NODE     SERVICES   NOTE',
    'node-5          -   timeout',
    'node-6          -',
  ]);
});

test('wide and combining characters keep the columns straight', () => {
  assert.deepEqual(
    print([
      ['日本', '1', 'x'],
      ['e\u0301', '1', 'x'],
    ]),
    ['NODE   SERVICES   NOTE', '日本          1   x', 'e\u0301             1   x'],
  );
});

test('a narrow terminal: first the gaps, then the sentences, then the middle of names', () => {
  const rows = [['node-1.eu-central-1.compute.internal', '412/412', 'host key changed since the last time']];
  assert.deepEqual(print(rows, 82), [
    'NODE                                  SERVICES  NOTE',
    'node-1.eu-central-1.compute.internal   412/412  host key changed since the last',
    '                                                time',
  ]);
  assert.deepEqual(print(rows, 50), [
    'NODE            SERVICES  NOTE',
    'node-1.…ternal   412/412  host key changed since',
    '                          the last time',
  ]);
});

test('a piped table is never cut', () => {
  const long = 'x'.repeat(300);
  assert.equal(print([[long, '1', long]])[1], `${long}          1   ${long}`);
});

const tone = fc.constantFrom<Tone>('good', 'bad', 'doubt', 'quiet', 'strong', 'plain');
const asciiCell = fc.array(fc.record<Piece>({ text: fc.string({ maxLength: 8 }), tone }), { maxLength: 3 });

test('cli-table3 and the plain writer print the same, in colour too', () => {
  const grid = fc.integer({ min: 1, max: 4 }).chain((count) =>
    fc.record({
      rows: fc.array(
        fc.array(fc.array(asciiCell, { minLength: 1, maxLength: 2 }), { minLength: count, maxLength: count }),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      rightAligned: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      gap: fc.constantFrom(2, 3),
    }),
  );
  fc.assert(
    fc.property(grid, fc.boolean(), ({ rows, rightAligned, gap }, color) => {
      const widths = rightAligned.map((_, at) =>
        Math.max(1, ...rows.flatMap((row) => (row[at] ?? []).map((line) => plain(line).length))),
      );
      const same: Grid = { rows, widths, rightAligned, gap };
      assert.deepEqual(writeWithCliTable(same, painter(color)), writePlain(same, painter(color)));
    }),
  );
});

test('the writer changes at 500 rows and nobody sees it', () => {
  const rows = Array.from({ length: 501 }, (_, at) => [
    `node-${at}`,
    `${at}/412`,
    at % 3 === 0 ? 'frozen since ~14:02' : '',
  ]);
  assert.deepEqual(print(rows).slice(0, 501), print(rows.slice(0, 500)));
  assert.deepEqual(print(rows, 20).slice(0, 501), print(rows.slice(0, 500), 20));
});

test('every column begins at the same place in every line', () => {
  const cell = text.map((given) => visible(given).replaceAll(' ', '') || 'x');
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 }), (rows) => {
      const lines = print(rows).slice(1);
      const [first = 0, second = 0] = [0, 1].map((at) =>
        Math.max((columns[at]?.title ?? '').length, ...rows.map((row) => widthOf(row[at] ?? ''))),
      );
      rows.forEach(([node, services, note], at) => {
        const left = node + ' '.repeat(first - widthOf(node) + 3);
        assert.equal(lines[at], `${left}${' '.repeat(second - widthOf(services))}${services}   ${note}`);
      });
    }),
  );
});

test('a table fits its room when its columns can be cut', () => {
  const cell = text.map((given) => visible(given).slice(0, 60));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, fc.constant('1/1'), cell), { maxLength: 5 }),
      fc.integer({ min: 48, max: 120 }),
      (rows, room) => {
        for (const line of print(rows, room)) assert.ok(widthOf(line) <= room, line);
      },
    ),
  );
});
