// The words of an ssh_config(5) file: one keyword a line, quotes and backslashes as OpenSSH's argv_split (misc.c).

export interface ConfigLine {
  /** In lower case: keywords know no case. */
  readonly keyword: string;
  readonly words: readonly string[];
  readonly line: number;
}

/** A line that is no keyword with words, or whose quote never ends. */
export interface BadLine {
  readonly line: number;
  readonly text: string;
}

export function parseConfigLines(text: string): (ConfigLine | BadLine)[] {
  return text.split('\n').flatMap((raw, index): (ConfigLine | BadLine)[] => {
    const match = /^[\s]*("?)([A-Za-z][A-Za-z0-9]*)\1(?:\s*=\s*|\s+|$)(.*)$/.exec(raw.replace(/[\s\f]+$/, ''));
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const words = match === null ? undefined : splitWords(match[3] ?? '');
    if (match === null || words === undefined) return [{ line: index + 1, text: trimmed }];
    return [{ keyword: (match[2] ?? '').toLowerCase(), words, line: index + 1 }];
  });
}

/** `undefined` where a quote never ends. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    const next = text[i + 1];
    if (c === '\\' && next !== undefined && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
      word = (word ?? '') + next;
      i++;
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '#' && word === undefined) break;
    else word = (word ?? '') + c;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
