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

/** User-defined chains that no built-in chain leads to. */
export function unreachableChains(table: Table): readonly string[] {
  const reached = new Set<string>();
  for (const chain of table.chains()) {
    if (chain.policy === undefined) continue;
    for (const name of reachableFrom(table, chain.name)) reached.add(name);
  }
  return [...table.chains()].map(({ name }) => name).filter((name) => !reached.has(name));
}

/** A chain that leads back to itself, as the names on the way; the kernel refuses such a table. `undefined` for none. */
export function loopIn(table: Table): readonly string[] | undefined {
  const done = new Set<string>();
  for (const chain of table.chains()) {
    const loop = loopFrom(table, chain.name, done);
    if (loop !== undefined) return loop;
  }
  return undefined;
}

/** Depth first without recursion: a text may claim a chain of ten thousand chains. */
function loopFrom(table: Table, start: string, done: Set<string>): readonly string[] | undefined {
  const path: { name: string; next: string[] }[] = [];
  const onPath = new Set<string>();
  const enter = (name: string) => {
    const chain = table.chain(name);
    onPath.add(name);
    path.push({ name, next: chain === undefined ? [] : leadsOf(chain).map(({ to }) => to) });
  };
  if (!done.has(start)) enter(start);
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const next = last.next.shift();
    if (next === undefined) {
      done.add(last.name);
      onPath.delete(last.name);
      path.pop();
    } else if (onPath.has(next)) {
      return [...path.map(({ name }) => name).slice(path.findIndex(({ name }) => name === next)), next];
    } else if (!done.has(next)) {
      enter(next);
    }
  }
  return undefined;
}
