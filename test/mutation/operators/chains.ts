// Whole chains taken away, emptied or put under another name; and changes of a text that change no chain.
import type { Mutant } from '../mutant.ts';
import type { SavedText } from '../saved-text.ts';

export function* chainMutants(text: SavedText): Generator<Mutant> {
  for (const { table, name, at, builtIn, rules } of text.chains) {
    if (!name.startsWith('KUBE-')) continue;
    const jumps = text.chains
      .filter((each) => each.table === table)
      .flatMap((each) => each.rules)
      .filter((rule) => rule.text.endsWith(` -j ${name}`));
    const lines = rules.map((rule) => rule.at);
    const key = `${table}/${name}`;
    const texts = rules.map((rule) => rule.text);
    if (!builtIn) {
      // The kernel keeps a chain that something leads to.
      yield {
        operator: 'delete a chain and its jumps',
        edit: { remove: [at, ...lines, ...jumps.map((rule) => rule.at)] },
        chains: [key, ...new Set(jumps.map((rule) => `${table}/${rule.chain}`))],
        rules: [...texts, ...jumps.map((rule) => rule.text)],
      };
    }
    if (rules.length === 0) continue;
    yield { operator: 'empty a chain', edit: { remove: lines }, chains: [key], rules: texts };
    yield {
      operator: 'move rules to another chain',
      edit: {
        remove: lines,
        insert: [
          { at, text: `:${name}X - [0:0]` },
          ...rules.map((rule) => ({ at: rule.at, text: rule.text.replace(name, `${name}X`) })),
        ],
      },
      chains: [key],
      rules: texts,
    };
  }
}

/** Nothing here has a meaning for any packet. */
export function* textMutants(text: SavedText): Generator<Mutant> {
  const { lines, chains } = text;
  const none = { chains: [], rules: [] };
  const every = (change: (line: string) => string) => ({
    remove: lines.map((_, at) => at),
    insert: lines.map((line, at) => ({ at, text: change(line) })),
  });
  yield {
    operator: 'counters of rules',
    edit: every((line) => (line.startsWith('-A ') ? `[17:1234] ${line}` : line)),
    ...none,
  };
  yield { operator: 'counters of chains', edit: every((line) => line.replace('[0:0]', '[99:123456]')), ...none };
  yield {
    operator: 'another time',
    edit: every((line) => line.replace(/^(# .*) on .*$/, '$1 on Mon Jan  1 00:00:00 2024')),
    ...none,
  };
  yield { operator: 'ends of lines', edit: every((line) => (line === '' ? line : `${line}\r`)), ...none };
  yield {
    operator: 'no comment at all',
    edit: every((line) => line.replace(/ -m comment --comment "[^"]*"/, '')),
    ...none,
  };
  yield {
    operator: 'other comments',
    edit: every((line) => line.replace(/--comment "[^"]*"/, '--comment "somebody was here"')),
    ...none,
  };
  const own = chains.filter(({ builtIn }) => !builtIn);
  for (const { at, name, table } of own) {
    if (!/^KUBE-(?:SVC|SEP|EXT|FW|SVL)-/.test(name)) continue;
    yield {
      operator: 'a chain that nobody enters',
      edit: { insert: [{ at, text: `:${name.slice(0, 9)}AAAAAAAAAAAAAAAA - [0:0]` }] },
      chains: [`${table}/${name.slice(0, 9)}AAAAAAAAAAAAAAAA`],
      rules: [],
    };
  }
  const [first, second] = own;
  if (first !== undefined && second !== undefined) {
    yield {
      operator: 'declarations in another order',
      edit: { remove: [first.at], insert: [{ at: second.at + 1, text: lines[first.at] ?? '' }] },
      ...none,
    };
  }
}
