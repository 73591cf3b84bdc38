// Which chain leads to which: jumps and gotos of one table as a graph.
import type { Chain, Rule, Table } from './ruleset.ts';

export interface Lead {
  readonly from: string;
  readonly to: string;
  readonly kind: 'jump' | 'goto';
  readonly rule: Rule;
}

/** The leads of one chain, in the order of its rules. */
export function leadsOf(chain: Chain): readonly Lead[] {
  return chain.rules().flatMap((rule) => {
    const { target } = rule;
    return target.kind === 'jump' || target.kind === 'goto'
      ? [{ from: chain.name, to: target.chain, kind: target.kind, rule }]
      : [];
  });
}

/** Every lead of the table. Reads all of its rules. */
export function leadsIn(table: Table): readonly Lead[] {
  return [...table.chains()].flatMap(leadsOf);
}

/** Chains that can be reached from `start`, itself included, nearest first. Loops end. */
export function reachableFrom(table: Table, start: string): ReadonlySet<string> {
  const reached = new Set<string>([start]);
  for (const name of reached) {
    const chain = table.chain(name);
    if (chain === undefined) continue;
    for (const { to } of leadsOf(chain)) if (table.chain(to) !== undefined) reached.add(to);
  }
  return reached;
}
