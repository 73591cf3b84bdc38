// The words of one `-m` or `-j` clause and its options, read and printed by the option table of the extension.

/** A word of a rule line. iptables-save quotes a value that holds more than plain word characters. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * What follows an option's name: `flag` nothing, `word` one word printed as it is, `string` one word printed as
 * xtables_save_string does (quoted where it must be), `pair` two words.
 */
export type Arity = 'flag' | 'word' | 'string' | 'pair';

export type OptionTable = { readonly [option: string]: Arity };

/** An option as read: `! --ctstate NEW` is `{ negated: true, values: ['NEW'] }`. A flag has no values. */
export interface Option {
  readonly negated: boolean;
  readonly values: readonly string[];
}

/** The options of one clause, in the order they were read. */
export type Options<T extends OptionTable> = { readonly [K in keyof T]?: Option | undefined };

/** A clause that was read with the extension's option table. */
export interface Clause<Name extends string, T extends OptionTable> {
  readonly kind: Name;
  readonly options: Options<T>;
}

const arity = { flag: 0, word: 1, string: 1, pair: 2 } as const;

/**
 * Reads the words after an extension's name. `undefined` where a word is not in the table, an option stands twice, or a
 * value is missing: then the clause is unknown, and nothing may be concluded from a part of it.
 */
export function readOptions<T extends OptionTable>(table: T, words: readonly Word[]): Options<T> | undefined {
  const options: Options<T> = {};
  for (let at = 0; at < words.length; ) {
    const negated = isBare(words[at], '!');
    if (negated) at++;
    const word = words[at++];
    if (word === undefined || word.quoted || !word.text.startsWith('--')) return undefined;
    const name = word.text.slice(2);
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined || Object.hasOwn(options, name)) return undefined;
    const values = words.slice(at, at + arity[kind]);
    if (values.length < arity[kind] || (kind !== 'string' && values.some((value) => value.quoted || isOption(value))))
      return undefined;
    Object.assign(options, { [name]: { negated, values: values.map(({ text }) => text) } });
    at += values.length;
  }
  return options;
}

/** Only a string may begin with dashes: `--comment --x` is what iptables-save prints for it. */
function isOption(word: Word): boolean {
  return !word.quoted && (word.text === '!' || word.text.startsWith('--'));
}

function isBare(word: Word | undefined, text: string): boolean {
  return word !== undefined && !word.quoted && word.text === text;
}

/** Replaces the printing of one option where iptables-save has a habit of its own. Starts with a space. */
export type PrintOption = (option: string, value: Option) => string | undefined;

/** Prints options in the order they were read, each with a leading space. */
export function printOptions(table: OptionTable, options: Options<OptionTable>, special?: PrintOption): string {
  let text = '';
  for (const [name, option] of Object.entries(options)) {
    if (option === undefined) continue;
    text += special?.(name, option) ?? printOption(name, option, table[name] === 'string');
  }
  return text;
}

function printOption(name: string, { negated, values }: Option, asString: boolean): string {
  return `${negated ? ' !' : ''} --${name}${values.map((value) => ` ${asString ? quote(value) : value}`).join('')}`;
}

/** xtables_save_string (libxtables/xtables.c): plain word characters stand bare, anything else is quoted and escaped. */
export function quote(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  return `"${text.replace(/["'\\]/g, '\\$&')}"`;
}

/** Words as they stood in the text, for clauses that are kept verbatim. */
export function spell(words: readonly Word[]): string {
  return words.map(({ text, quoted }) => (quoted ? `"${text.replace(/["'\\]/g, '\\$&')}"` : text)).join(' ');
}
