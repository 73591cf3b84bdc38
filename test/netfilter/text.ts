// Small rulesets written as text, for tests that say what a few rules do.
import assert from 'node:assert/strict';
import type { Family, Rule, Ruleset, Table } from '../../src/netfilter/ruleset.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';

const builtIn: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
};

/** A whole table: every chain that has a rule, or that `empty` names, is declared. */
export function tableText(table: string, rules: readonly string[], empty: readonly string[] = []): string {
  const own = builtIn[table] ?? [];
  const chains = new Set([...rules.map((rule) => /^-A (\S+)/.exec(rule)?.[1] ?? ''), ...empty]);
  const declarations = [
    ...own.map((chain) => `:${chain} ACCEPT [0:0]`),
    ...[...chains].filter((chain) => !own.includes(chain)).map((chain) => `:${chain} - [0:0]`),
  ];
  return [`*${table}`, ...declarations, ...rules, 'COMMIT', ''].join('\n');
}

/** Reads a text that must be whole. */
export function wholeRuleset(text: string, family: Family = 'IPv4'): Ruleset {
  const ruleset = parseIptablesSave(text, family);
  assert.deepEqual([ruleset.unread, ruleset.defects], [[], []]);
  return ruleset;
}

export function tableOf(rules: readonly string[], empty: readonly string[] = [], name = 'nat'): Table {
  const [table] = wholeRuleset(tableText(name, rules, empty)).tables;
  assert.ok(table);
  return table;
}

/** One rule of a table in which the chains `A` and `B` are declared. */
export function ruleOf(line: string, table = 'nat'): Rule {
  const [rule] = tableOf([line], ['A', 'B'], table).rules();
  assert.ok(rule);
  return rule;
}
