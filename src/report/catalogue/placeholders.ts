// Facts of a cluster put into a command that somebody will paste into a shell. Names come from the API or from comments
// of rules, and whoever may write either may try to have a command of theirs run.

/** What the placeholders of a command stand for. */
export interface Facts {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly node?: string | undefined;
  /** The service port's name, or its number where it has no name. */
  readonly port?: string | undefined;
  readonly address?: string | undefined;
}

export const placeholders = [
  'namespace',
  'name',
  'node',
  'port',
  'address',
] as const satisfies readonly (keyof Facts)[];

const placeholder = new RegExp(`\\{(${placeholders.join('|')})\\}`, 'g');

/** The line with `{name}` as the fact, one word to a POSIX shell; as `<name>` where the fact is missing or no name. */
export function fillPlaceholders(line: string, facts: Facts): string {
  return line.replace(placeholder, (_, key: keyof Facts) => shellWord(facts[key]) ?? `<${key}>`);
}

/**
 * `undefined` for what no name, number or address can be: empty, an option to kubectl (`--all`), or with characters
 * that do not print or are not ASCII. Quotes cannot make those harmless.
 */
function shellWord(value: string | undefined): string | undefined {
  if (value === undefined || !/^[!-,.-~][ -~]*$/.test(value)) return undefined;
  return /^[A-Za-z0-9.:/_-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
