// Tables as kubectl prints them: upper-case titles, columns apart by spaces, no borders, nothing at a line's end.
import type { Column } from '../report/report.ts';
import { type Line, lineOf, type Paint, plain, sliceLine, trimLine } from './line.ts';
import { endThatFits, startThatFits, widthOf } from './width.ts';
import { wrapProse } from './wrap.ts';

/** A laid out table: every cell as its lines, titles first, and the columns' widths. */
export interface Grid {
  readonly rows: readonly (readonly (readonly Line[])[])[];
  readonly widths: readonly number[];
  readonly rightAligned: readonly boolean[];
  readonly gap: number;
}

/** Turns a grid into lines. All writers give the same text. */
export type Write = (grid: Grid, paint: Paint) => readonly string[];

// cli-table3 0.6.5 compares each cell with all rows above it: 0.2 s for 500 rows, 3 s for 5,000, 21 s for 20,000.
const largestTable = 500;

/**
 * The lines of a table no wider than `room`; `undefined` where nothing may be cut. An empty cell is a `-`, except at a
 * row's end: so the words of a column can be counted on by awk, and a column of notes stays quiet. `write` lays out what
 * it can measure; long tables, and text beyond ASCII, are written plainly.
 */
export function printColumns(
  columns: readonly Column[],
  rows: readonly (readonly Line[])[],
  room: number | undefined,
  paint: Paint,
  write: Write,
): readonly string[] {
  if (columns.length === 0) return [];
  const titles = columns.map(({ title }) => lineOf(title.toUpperCase()));
  const body = rows.map((row) => columns.map((_, at) => filled(trimLine(row[at] ?? []), at === columns.length - 1)));
  const cells = [titles, ...body];
  const grid = layOut(cells, columns, room);
  return rows.length <= largestTable && isAscii(cells) ? write(grid, paint) : writePlain(grid, paint);
}

function filled(cell: Line, isLast: boolean): Line {
  return cell.length === 0 && !isLast ? [{ text: '-', tone: 'quiet' }] : cell;
}

/** cli-table3's measure of text knows only some combining characters, so what is not ASCII is not left to it. */
function isAscii(cells: readonly (readonly Line[])[]): boolean {
  return cells.every((row) => row.every((cell) => /^[\x20-\x7e]*$/.test(plain(cell))));
}

export function writePlain({ rows, widths, rightAligned, gap }: Grid, paint: Paint): readonly string[] {
  return rows.flatMap((row) => {
    const height = Math.max(1, ...row.map((cell) => cell.length));
    return Array.from({ length: height }, (_, at) => {
      const padded = row.map((cell, column) => {
        const line = cell[at] ?? [];
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(plain(line)));
        return rightAligned[column] ? space + paint(line) : paint(line) + space;
      });
      return withoutEnd(padded.join(' '.repeat(gap)));
    });
  });
}

export function withoutEnd(line: string): string {
  return line.replace(/ +$/, '');
}

// Below this a wrapped sentence is a ribbon, and a cut name is no name.
const narrowestSentence = 24;
const narrowestName = 12;

/**
 * kubectl leaves three spaces. Where the terminal is too narrow: two spaces; then the sentences of the last column are
 * wrapped; then the widest column is cut, again and again. What is still too wide is left to the terminal.
 */
function layOut(cells: readonly (readonly Line[])[], columns: readonly Column[], room: number | undefined): Grid {
  const widths = columns.map((_, at) => cells.reduce((most, row) => Math.max(most, widthOf(plain(row[at] ?? []))), 1));
  const rightAligned = columns.map(({ align }) => align === 'right');
  const last = columns.length - 1;
  const whole = (gap: number) => widths.reduce((sum, width) => sum + width, gap * last);
  if (room === undefined || whole(3) <= room) return { rows: cells.map(asLines), widths, rightAligned, gap: 3 };

  const titleWidths = columns.map(({ title }) => widthOf(title.toUpperCase()));
  const least = (at: number, narrowest: number) => Math.max(narrowest, titleWidths[at] ?? 0);
  const shrink = (at: number, narrowest: number) => {
    const width = widths[at] ?? 0;
    widths[at] = Math.max(Math.min(width, least(at, narrowest)), width - Math.max(0, whole(2) - room));
  };

  const wraps = !rightAligned[last] && cells.some((row) => plain(row[last] ?? []).includes(' '));
  if (wraps) shrink(last, narrowestSentence);
  const uncut = widths.slice(0, wraps ? last : undefined).map((width, at) => ({ at, width }));
  const cuttable = uncut.filter(({ at, width }) => !rightAligned[at] && width > least(at, narrowestName));
  while (whole(2) > room && cuttable.length > 0) {
    cuttable.sort((a, b) => (widths[b.at] ?? 0) - (widths[a.at] ?? 0) || a.at - b.at);
    const widest = cuttable[0]?.at ?? 0;
    widths[widest] = (widths[widest] ?? 0) - 1;
    if ((widths[widest] ?? 0) <= least(widest, narrowestName)) cuttable.shift();
  }

  const rows = cells.map((row) =>
    row.map((cell, at) => {
      const width = widths[at] ?? 0;
      return wraps && at === last ? wrapCell(cell, width) : [cut(cell, width)];
    }),
  );
  return { rows, widths, rightAligned, gap: 2 };
}

function asLines(row: readonly Line[]): readonly (readonly Line[])[] {
  return row.map((cell) => [cell]);
}

function wrapCell(cell: Line, width: number): readonly Line[] {
  return wrapProse(plain(cell), width).map((range) => cut(sliceLine(cell, range), width));
}

/** A sentence loses its end; a name its middle, because names of one workload differ at the end. */
function cut(cell: Line, width: number): Line {
  const text = plain(cell);
  if (widthOf(text) <= width) return cell;
  const ending = text.includes(' ') ? '' : endThatFits(text, Math.floor((width - 1) / 2));
  const start = startThatFits(text, width - 1 - widthOf(ending));
  const kept = sliceLine(cell, [0, start.length]);
  const tone = kept.at(-1)?.tone ?? 'plain';
  return [...kept, { text: '…', tone }, ...sliceLine(cell, [text.length - ending.length, text.length])];
}
