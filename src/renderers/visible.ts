// Text of a hostile cluster, made safe to look at. Object names, rule comments and messages are written by whoever may
// write to the API or the node; on a terminal they must not move the cursor, hide, or reorder what stands beside them.

/**
 * Characters that show nothing, show something else, or act: controls (C0, DEL, C1), format characters (bidi controls,
 * zero-width joiners, tags), lone surrogates, private and unassigned code points, line separators, variation selectors
 * and other default-ignorables, and every space but U+0020. Classes of Unicode TR44.
 */
export const hidden = /\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|(?! )\p{Zs}/gu;

const named: { readonly [character: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The text with every hidden character spelled out: `\n`, `\x1b`, `\u202e`, `\u{e0041}`. A backslash stays one, so that
 * rules can be copied; an escape that the cluster itself spelled out therefore looks the same.
 */
export function visible(text: string): string {
  return text.replace(hidden, (character) => named[character] ?? spell(character.codePointAt(0) ?? 0));
}

/** The value with every string in it made visible: one call at the door of a renderer, and no text can slip past. */
export function visibleAll<T>(value: T): T {
  return mapStrings(value) as T;
}

function mapStrings(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(mapStrings);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapStrings(inner)]));
}

function spell(point: number): string {
  const digits = point.toString(16);
  if (point <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}
