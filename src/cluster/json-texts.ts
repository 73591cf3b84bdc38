// JSON texts as files hold them: one, several after one another (`kubectl get` run twice into one file, `jq -c`), or one
// that was cut. JSON.parse does the reading; only where it refuses is the text walked to say where and why.

export type JsonTexts =
  | { readonly values: readonly unknown[] }
  /** `offset` is where the text stops being JSON; `open` counts the brackets still open where it simply ends there. */
  | { readonly problem: 'cut' | 'unexpected'; readonly offset: number; readonly open: number };

/** Between the values may stand white space and lines of `---`. Any depth, any size; never throws. */
export function readJsonTexts(text: string): JsonTexts {
  try {
    return { values: [JSON.parse(text)] };
  } catch {
    return readOneByOne(text);
  }
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

function readOneByOne(text: string): JsonTexts {
  const values: unknown[] = [];
  let offset = skipBetween(text, 0);
  while (offset < text.length) {
    const value = walk(text, offset);
    if (value.problem !== undefined) return { problem: value.problem, offset: value.end, open: value.open };
    try {
      values.push(JSON.parse(text.slice(offset, value.end)));
    } catch {
      return { problem: 'unexpected', offset, open: 0 };
    }
    offset = skipBetween(text, value.end);
  }
  return { values };
}

/** Never one expression for both: a repeated group overflows the stack of V8's matcher on a long run of blanks. */
function skipBetween(text: string, start: number): number {
  for (let at = start; ; ) {
    const next = skip(dashes, text, skip(space, text, at));
    if (next === at) return at;
    at = next;
  }
}

const dashes = /---(?=\s|$)/y;
const space = /[ \t\r\n]*/y;
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const cutScalar = /(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-?[\d.eE+-]*)$/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const cutEscape = /\\(?:u[0-9a-fA-F]{0,3})?$/y;
// Control characters must be escaped inside strings (RFC 8259 section 7).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const stringStop = /["\\\u0000-\u001f]/g;

// Far deeper than any object, and far from what an array can hold.
const deepest = 10_000_000;

interface Walked {
  readonly end: number;
  readonly problem?: 'cut' | 'unexpected';
  readonly open: number;
}

/** Walks one value by the grammar of RFC 8259, without recursion. */
function walk(text: string, start: number): Walked {
  const open: ('}' | ']')[] = [];
  let expected: 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' = 'value';
  for (let at = start; ; at = skip(space, text, at)) {
    const character = text[at];
    const closing = open.at(-1);
    if (character === undefined) return { end: at, problem: 'cut', open: open.length };
    if (open.length > deepest) return { end: at, problem: 'unexpected', open: open.length };

    if (character === closing && expected.endsWith('or end')) {
      open.pop();
      at++;
      expected = 'comma or end';
    } else if (expected === 'comma or end' && character === ',') {
      at++;
      expected = closing === '}' ? 'key' : 'value';
    } else if (expected === 'colon' && character === ':') {
      at++;
      expected = 'value';
    } else if (expected.startsWith('key') && character === '"') {
      const string = walkString(text, at);
      if (string.problem !== undefined) return { ...string, open: open.length };
      at = string.end;
      expected = 'colon';
      continue;
    } else if (expected.startsWith('value')) {
      if (character === '{' || character === '[') {
        open.push(character === '{' ? '}' : ']');
        at++;
        expected = character === '{' ? 'key or end' : 'value or end';
        continue;
      }
      const value = character === '"' ? walkString(text, at) : walkScalar(text, at);
      if (value.problem !== undefined) return { ...value, open: open.length };
      at = value.end;
      expected = 'comma or end';
    } else {
      return { end: at, problem: 'unexpected', open: open.length };
    }
    if (open.length === 0) return { end: at, open: 0 };
  }
}

function walkString(text: string, start: number): Omit<Walked, 'open'> {
  stringStop.lastIndex = start + 1;
  for (let stop = stringStop.exec(text); stop !== null; stop = stringStop.exec(text)) {
    if (stop[0] === '"') return { end: stop.index + 1 };
    const end = stop[0] === '\\' ? skip(escaped, text, stop.index) : stop.index;
    if (end === stop.index) {
      const cut = skip(cutEscape, text, end) > end;
      return { end: cut ? text.length : end, problem: cut ? 'cut' : 'unexpected' };
    }
    stringStop.lastIndex = end;
  }
  return { end: text.length, problem: 'cut' };
}

function walkScalar(text: string, start: number): Omit<Walked, 'open'> {
  const end = skip(scalar, text, start);
  if (end > start) return { end };
  return skip(cutScalar, text, start) > start
    ? { end: text.length, problem: 'cut' }
    : { end: start, problem: 'unexpected' };
}

/** Where the sticky expression's match ends; `at` where it does not match. */
function skip(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}
