// Tables for a terminal are laid out by cli-table3, without its borders. Loaded on use: a pipe does not need it.
import CliTable from 'cli-table3';
import { type Grid, withoutEnd } from './columns.ts';
import type { Paint } from './line.ts';

export function writeWithCliTable({ rows, widths, rightAligned, gap }: Grid, paint: Paint): readonly string[] {
  const none = ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    ['', '-left', '-mid', '-right'].map((corner) => [`${side}${corner}`, '']),
  );
  const table = new CliTable({
    chars: Object.fromEntries(none),
    style: { 'padding-left': 0, 'padding-right': gap, head: [], border: [], compact: true },
    colWidths: widths.map((width) => width + gap),
    colAligns: rightAligned.map((right) => (right ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map((cell) => cell.map(paint).join('\n'))));
  return table.toString().split('\n').map(withoutEnd);
}
