// The rules that an answer rests on, each once, in the order of the text.
import type { Chain, Family, Rule } from '../netfilter/ruleset.ts';
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';

/** Rules in the order a packet meets them: of the ways in, of the chains that share out, of the backends. */
export interface ExplainedRules {
  readonly ways: readonly Rule[];
  readonly backends: readonly Rule[];
}

export function rulesOf(states: readonly PortState[]): ExplainedRules {
  const ways = unique(
    states.flatMap(({ frontends, balances }) => [
      ...frontends.flatMap((frontend) => [
        ...frontend.rules,
        ...frontend.entryRules,
        ...Object.values(frontend.routes).flatMap((route) => route.rule ?? []),
      ]),
      ...balances.flatMap((balance) => balance.rules),
    ]),
  );
  const known = new Set(ways.map(key));
  const backends = unique(states.flatMap((state) => state.backends.flatMap((backend) => backend.rules)));
  return { ways, backends: backends.filter((rule) => !known.has(key(rule))) };
}

/** The rules of a chain and those that lead to it. */
export function chainRules(view: NodeView, family: Family, chain: Chain): readonly Rule[] {
  return unique([...callers(view, family, chain), ...chain.rules()]);
}

export function callers(view: NodeView, family: Family, { table, name }: Chain): readonly Rule[] {
  const ruleset = view.installed.rulesets.find((each) => each.family === family);
  const rules = ruleset?.tables.find((each) => each.name === table)?.rules() ?? [];
  return [...rules].filter(({ target }) => (target.kind === 'jump' || target.kind === 'goto') && target.chain === name);
}

function unique(rules: readonly Rule[]): readonly Rule[] {
  return [...new Map(rules.map((rule) => [key(rule), rule])).values()];
}

function key({ ref }: Rule): string {
  return `${ref.family} ${ref.line}`;
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
