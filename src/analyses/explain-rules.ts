// The rules that an answer rests on, each once, in the order of the text.
import type { Chain, Family, Rule } from '../netfilter/ruleset.ts';
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';

/** Rules of the ways in, of the chains they lead to, and of the backends. */
export function rulesOf(states: readonly PortState[]): readonly Rule[] {
  const rules = states.flatMap(({ frontends, balances, backends }) => [
    ...frontends.flatMap((frontend) => [
      ...frontend.rules,
      ...Object.values(frontend.routes).flatMap((route) => route.rule ?? []),
    ]),
    ...balances.flatMap((balance) => balance.rules),
    ...backends.flatMap((backend) => backend.rules),
  ]);
  return inOrder(rules);
}

/** The rules of a chain and those that lead to it. */
export function chainRules(view: NodeView, family: Family, chain: Chain): readonly Rule[] {
  return inOrder([...callers(view, family, chain), ...chain.rules()]);
}

export function callers(view: NodeView, family: Family, { table, name }: Chain): readonly Rule[] {
  const ruleset = view.installed.rulesets.find((each) => each.family === family);
  const rules = ruleset?.tables.find((each) => each.name === table)?.rules() ?? [];
  return [...rules].filter(({ target }) => (target.kind === 'jump' || target.kind === 'goto') && target.chain === name);
}

function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const byPlace = new Map(rules.map((rule) => [`${rule.ref.family} ${rule.ref.line}`, rule]));
  return [...byPlace.values()].sort((a, b) => {
    if (a.ref.family !== b.ref.family) return a.ref.family < b.ref.family ? -1 : 1;
    return a.ref.line - b.ref.line;
  });
}

export function ruleRows(rules: readonly Rule[]): readonly object[] {
  return rules.map(({ ref: { family, table, chain, index, line }, text }) => ({
    family,
    table,
    chain,
    index,
    line,
    text,
  }));
}
