// Where a text may be broken for a terminal, so that what people copy stays whole.
import type { Range } from './line.ts';
import { widthOf } from './width.ts';

/**
 * Lines of prose, as offsets into it, broken at spaces. A command in backticks is never broken: a terminal that wraps it
 * by itself lets it be copied, half a command must not be. A word longer than the line gets a line of its own.
 */
export function wrapProse(text: string, room: number): readonly Range[] {
  return fill(text, words(text, /(?:`[^`]+`|\S)+/g), room);
}

/**
 * Lines of an iptables rule, as offsets into it, broken before a clause, so that a match stands beside its options:
 * ```
 * -A KUBE-SVC-X -m comment --comment "shop/web -> 10.0.0.1:80" -m statistic --mode random -j KUBE-SEP-Y
 *               ^                                              ^                          ^
 * ```
 * Only a clause longer than the line is broken between its words, a quoted comment never.
 */
export function wrapRule(text: string, room: number): readonly Range[] {
  const clauses: Range[] = [];
  for (const word of words(text, /(?:"(?:\\.|[^"\\])*"|\S)+/g)) {
    const before = clauses.at(-1);
    if (before === undefined) clauses.push([0, word[1]]);
    else if (startsClause(text, word)) clauses.push(word);
    else clauses[clauses.length - 1] = [before[0], word[1]];
  }
  const units = clauses.flatMap(([from, to]) => {
    if (widthOf(text.slice(from, to)) <= room) return [[from, to] as const];
    return words(text.slice(from, to), /(?:"(?:\\.|[^"\\])*"|\S)+/g).map(
      ([start, end]): Range => [from + start, from + end],
    );
  });
  return fill(text, units, room);
}

/** `-m`, `-j`, and the `!` that belongs to what follows it. */
function startsClause(text: string, [from, to]: Range): boolean {
  const isShort = /^-[A-Za-z]$/.test(text.slice(from, to));
  return isShort ? !/(?:^|\s)!\s+$/.test(text.slice(0, from)) : /^!\s+-[A-Za-z]\s/.test(text.slice(from));
}

function words(text: string, word: RegExp): readonly Range[] {
  return Array.from(text.matchAll(word), (match): Range => [match.index, match.index + match[0].length]);
}

function fill(text: string, units: readonly Range[], room: number): readonly Range[] {
  const lines: Range[] = [];
  for (const [from, to] of units) {
    const line = lines.at(-1);
    if (line !== undefined && widthOf(text.slice(line[0], to)) <= room) lines[lines.length - 1] = [line[0], to];
    else lines.push([lines.length === 0 ? 0 : from, to]);
  }
  return lines;
}
