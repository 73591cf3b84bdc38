// `-o json`: RFC 8259, safe to look at. JSON.stringify escapes C0 and lone surrogates only; the rest of what a terminal
// obeys or does not show is escaped here and reads back as the same value.
import { documentOf } from './document.ts';
import type { Renderer } from './renderer.ts';
import { hidden } from './visible.ts';

export const json: Renderer = {
  format: 'json',
  part: 'data',
  render: (report) => `${JSON.stringify(documentOf(report), undefined, 2).replace(hidden, escaped)}\n`,
};

/** `\u202e`, and `\udb40\udc41` beyond U+FFFF. Outside of strings there is only the line end of the indentation. */
function escaped(character: string): string {
  if (character === '\n') return character;
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
