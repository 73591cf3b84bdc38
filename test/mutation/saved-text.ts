// A text of iptables-save as lines, and where its chains and rules stand.
export interface SavedText {
  readonly lines: readonly string[];
  readonly chains: readonly SavedChain[];
}

export interface SavedChain {
  readonly table: string;
  readonly name: string;
  /** Index of its `:NAME` line. */
  readonly at: number;
  readonly builtIn: boolean;
  readonly policy: string;
  readonly rules: readonly SavedRule[];
}

export interface SavedRule {
  readonly table: string;
  readonly chain: string;
  /** Index of its line. */
  readonly at: number;
  readonly text: string;
}

export function savedText(text: string): SavedText {
  const lines = text.split('\n');
  const chains = new Map<string, SavedChain & { readonly rules: SavedRule[] }>();
  let table = '';
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('*')) table = line.slice(1);
    const [, name = '', policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== '') chains.set(`${table}/${name}`, { table, name, at, builtIn: policy !== '-', policy, rules: [] });
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (chain !== undefined) chains.get(`${table}/${chain}`)?.rules.push({ table, chain, at, text: line });
  }
  return { lines, chains: [...chains.values()] };
}

/** Lines taken out and put in, by index: what is put in stands before the line that stood there. */
export interface Edit {
  readonly remove?: readonly number[];
  readonly insert?: readonly { readonly at: number; readonly text: string }[];
}

export function edited({ lines }: SavedText, { remove = [], insert = [] }: Edit): string {
  const gone = new Set(remove);
  const added = Map.groupBy(insert, ({ at }) => at);
  const result: string[] = [];
  for (let at = 0; at <= lines.length; at++) {
    for (const { text } of added.get(at) ?? []) result.push(text);
    const line = lines[at];
    if (line !== undefined && !gone.has(at)) result.push(line);
  }
  return result.join('\n');
}
