// Chains that look like kube-proxy's and that it would not have now, and who leads to them. kube-proxy deletes them at
// its next sync; a jump from somebody else's chain keeps the kernel from deleting one, and then no update gets in.
import type { Chain, Rule, Ruleset } from '../../../netfilter/ruleset.ts';
import { splitHashedName } from '../chain-names.ts';

export interface StrayChains {
  /** Nothing that is expected leads there. */
  readonly unused: readonly Chain[];
  /** Rules of chains that are not kube-proxy's and jump to one of them. */
  readonly foreign: readonly Rule[];
}

export function strayChains(ruleset: Ruleset, isExpected: (table: string, chain: string) => boolean): StrayChains {
  const unused: Chain[] = [];
  const others: Chain[] = [];
  for (const table of ruleset.tables) {
    for (const chain of table.chains()) {
      if (isExpected(table.name, chain.name)) continue;
      if (splitHashedName(chain.name) === undefined) others.push(chain);
      else unused.push(chain);
    }
  }
  const names = new Set(unused.map(({ table, name }) => `${table}/${name}`));
  const foreign =
    names.size === 0 ? [] : others.flatMap((chain) => chain.rules()).filter((rule) => leadsTo(rule, names));
  return { unused, foreign };
}

function leadsTo({ ref, target }: Rule, names: ReadonlySet<string>): boolean {
  return (target.kind === 'jump' || target.kind === 'goto') && names.has(`${ref.table}/${target.chain}`);
}
