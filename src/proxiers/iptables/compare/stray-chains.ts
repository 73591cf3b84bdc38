// Chains that look like kube-proxy's and that it would not have now, and who leads to them. kube-proxy deletes them at
// its next sync; a jump from somebody else's chain keeps the kernel from deleting one, and then no update gets in.
import type { Chain, Rule, Ruleset, Table } from '../../../netfilter/ruleset.ts';
import { splitHashedName } from '../chain-names.ts';

export interface StrayChains {
  /** Nothing that is expected leads there. */
  readonly unused: readonly Chain[];
  /** Rules of chains that are not kube-proxy's and jump to one of them. */
  readonly foreign: readonly Rule[];
}

/** `expectedIn` tells of a table whether the chain of a number, by its place among the chains, is expected. */
export function strayChains(ruleset: Ruleset, expectedIn: (table: Table) => (number: number) => boolean): StrayChains {
  const unused: Chain[] = [];
  const others: Chain[] = [];
  for (const table of ruleset.tables) {
    const isExpected = expectedIn(table);
    for (let number = 0; number < table.chainCount; number++) {
      if (isExpected(number) || builtIn.includes(table.nameOf(number))) continue;
      const chain = table.chain(table.nameOf(number));
      if (chain !== undefined) (splitHashedName(chain.name) === undefined ? others : unused).push(chain);
    }
  }
  if (unused.length > 0) {
    for (const table of ruleset.tables) others.push(...builtIn.flatMap((name) => table.chain(name) ?? []));
  }
  const names = new Set(unused.map(({ table, name }) => `${table}/${name}`));
  const foreign =
    names.size === 0 ? [] : others.flatMap((chain) => chain.rules()).filter((rule) => leadsTo(rule, names));
  return { unused, foreign };
}

function leadsTo({ ref, target }: Rule, names: ReadonlySet<string>): boolean {
  return (target.kind === 'jump' || target.kind === 'goto') && names.has(`${ref.table}/${target.chain}`);
}

/** Others may have rules there, among kube-proxy's jumps. */
const builtIn: readonly string[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
