// How many columns text takes in a terminal, as wcwidth(3) counts: by code point, wide ones two, combining ones none.

const ascii = /^[\x20-\x7e]*$/;
const combining = /^[\p{Mn}\p{Me}\u{1160}-\u{11ff}\u{d7b0}-\u{d7ff}]$/u;

// East Asian Width W and F (Unicode TR11) in terms a regular expression has: scripts, emoji that are shown as pictures,
// and the punctuation of those scripts, without their few narrow characters. Two regional indicators make one flag.
const wideScript =
  /^[\p{scx=Han}\p{scx=Hang}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Yi}\p{sc=Tang}\p{sc=Nshu}\p{sc=Kits}]$/u;
const wideSymbol =
  /^[\p{Emoji_Presentation}\u2329\u232a\u2ff0-\u303e\u3190-\u33ff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f265}]$/u;
const narrow =
  /^[\xb7\u02c7-\u02d9\u02ea\u02eb\u303f\u3248-\u324f\ua700-\ua707\uff61-\uffdc\u{1d360}-\u{1d371}\u{1f1e6}-\u{1f1ff}]$/u;

/** Columns of visible text (no control characters, see visible.ts). */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The longest start of the text that fits; combining characters stay with their base. */
export function startThatFits(text: string, room: number): string {
  return text.slice(0, fitting(Array.from(text), room));
}

/** The longest end of the text that fits, never beginning with a combining character. */
export function endThatFits(text: string, room: number): string {
  const characters = Array.from(text).reverse();
  let end = text.slice(text.length - fitting(characters, room));
  while (end !== '' && characterWidth(Array.from(end)[0] ?? '') === 0)
    end = end.slice((Array.from(end)[0] ?? '').length);
  return end;
}

function fitting(characters: readonly string[], room: number): number {
  let length = 0;
  let left = room;
  for (const character of characters) {
    left -= characterWidth(character);
    if (left < 0) break;
    length += character.length;
  }
  return length;
}

function characterWidth(character: string): number {
  if (ascii.test(character)) return character.length;
  if (combining.test(character)) return 0;
  return !narrow.test(character) && (wideScript.test(character) || wideSymbol.test(character)) ? 2 : 1;
}
