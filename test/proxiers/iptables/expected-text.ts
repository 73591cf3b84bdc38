// Expected rules and saved text side by side, chain by chain. The saved text is read by its first letters alone, so that
// no reader of ours stands between what iptables-save printed and what is compared.
import assert from 'node:assert/strict';
import type { ExpectedChain, ExpectedRuleset } from '../../../src/proxiers/iptables/expect/index.ts';

/** The rules of each chain in their order, by `table/chain`. Built-in chains without rules are left out. */
export type ChainLines = ReadonlyMap<string, readonly string[]>;

export function savedLines(text: string): ChainLines {
  const chains = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    const name = /^(?::|-A )(\S+)/.exec(line)?.[1];
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':') && line.includes(' - ')) chains.set(`${table}/${name}`, []);
    else if (line.startsWith('-A ')) {
      const known = chains.get(`${table}/${name}`);
      if (known === undefined) chains.set(`${table}/${name}`, [line]);
      else known.push(line);
    }
  }
  return chains;
}

export function expectedChains(ruleset: ExpectedRuleset): readonly ExpectedChain[] {
  return [...ruleset.tables.values()].flatMap((table) => [...table.chains.values()]);
}

export function expectedLines(ruleset: ExpectedRuleset): ChainLines {
  return new Map(
    expectedChains(ruleset).map((chain) => [`${chain.table}/${chain.name}`, chain.rules.map(({ text }) => text)]),
  );
}

/** For iptables-restore. */
export function restoreText(ruleset: ExpectedRuleset): string {
  const lines: string[] = [];
  for (const table of ruleset.tables.values()) {
    const chains = [...table.chains.values()];
    lines.push(`*${table.name}`, ...chains.map(({ name, base }) => `:${name} ${base ? 'ACCEPT' : '-'} [0:0]`));
    lines.push(...chains.flatMap(({ rules }) => rules.map(({ text }) => text)), 'COMMIT');
  }
  return `${lines.join('\n')}\n`;
}

/**
 * The same chains with the same rules in the same order; in dispatch chains the order between service ports is free, and
 * what is of no service port comes last.
 */
export function assertSameRules(saved: ChainLines, ruleset: ExpectedRuleset, where: string): void {
  const expected = expectedLines(ruleset);
  assertSameLines([...saved.keys()].sort(), [...expected.keys()].sort(), `${where}: chains`);
  for (const chain of expectedChains(ruleset)) {
    const key = `${chain.table}/${chain.name}`;
    const lines = saved.get(key) ?? [];
    const texts = expected.get(key) ?? [];
    if (!chain.dispatch) assertSameLines(lines, texts, `${where}: ${key}`);
    else {
      assertSameLines([...lines].sort(), [...texts].sort(), `${where}: ${key}, in any order`);
      assertSameOrder(lines, chain, `${where}: ${key}`);
    }
  }
}

/** Two ports of one Service may have one and the same health check rule: twice in a row counts as once. */
function assertSameOrder(lines: readonly string[], { rules }: ExpectedChain, where: string): void {
  for (const [port, own] of Map.groupBy(rules, (rule) => rule.port)) {
    const texts = own.map(({ text }) => text);
    if (port === undefined) {
      assert.deepEqual(new Set(lines.slice(lines.length - texts.length)), new Set(texts), `${where}: the last rules`);
    } else {
      const wanted = new Set(texts);
      assertSameLines(once(lines.filter((line) => wanted.has(line))), once(texts), `${where}: order within a port`);
    }
  }
}

function once(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}

/** Fails with the first lines that differ: those saved and not expected with `-`, those expected and not saved with `+`. */
export function assertSameLines(saved: readonly string[], expected: readonly string[], where: string): void {
  if (saved.length === expected.length && saved.every((line, index) => line === expected[index])) return;
  const differences = [
    ...without(saved, expected).map((line) => `- ${line}`),
    ...without(expected, saved).map((line) => `+ ${line}`),
  ];
  const order = saved.flatMap((line, index) => (line === expected[index] ? [] : [`- ${line}`, `+ ${expected[index]}`]));
  const shown = (differences.length > 0 ? differences : ['in another order:', ...order]).slice(0, 12);
  assert.fail(`${where}: ${saved.length} saved, ${expected.length} expected\n${shown.join('\n')}`);
}

/** As multisets. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
