// A line of the terminal before it is coloured: pieces of text with their tones, cut and wrapped by what they show.
import { Chalk } from 'chalk';
import type { Piece, Text, Tone } from '../report/report.ts';

export type Line = readonly Piece[];

/** From one offset of a text up to another. */
export type Range = readonly [from: number, to: number];

export type Paint = (line: Line) => string;

export function lineOf(text: Text): Line {
  return typeof text === 'string' ? [{ text, tone: 'plain' }] : text;
}

export function plain(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function sliceLine(line: Line, [from, to]: Range): Line {
  const cut: Piece[] = [];
  let start = 0;
  for (const { text, tone } of line) {
    const kept = text.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (kept !== '') cut.push({ text: kept, tone });
    start += text.length;
  }
  return cut;
}

export function trimLine(line: Line): Line {
  return sliceLine(line, [0, plain(line).trimEnd().length]);
}

/** Colours by meaning, the 16 colours of every terminal, no background: readable on dark and on light. */
export function painter(color: boolean): Paint {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const tones: { readonly [tone in Tone]: (text: string) => string } = {
    good: chalk.green,
    bad: chalk.red,
    doubt: chalk.yellow,
    quiet: chalk.dim,
    strong: chalk.bold,
    plain: (text) => text,
  };
  return (line) => line.map(({ text, tone }) => tones[tone](text)).join('');
}
