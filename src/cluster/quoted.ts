// Text that others wrote, made fit to stand inside a sentence of ours.

/** In double quotes, on one line, cut to `limit` characters, and whatever does not show is spelled out. */
export function quoted(text: string, limit = 80): string {
  const cut = text.length > limit ? `${text.slice(0, limit).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return JSON.stringify(cut).replace(/\p{C}|\p{Zl}|\p{Zp}/gu, spell);
}

function spell(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
