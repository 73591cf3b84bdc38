// A chain by its name, in whichever table has it, and the service ports whose connections go through it.
import type { Family } from '../../address.ts';
import { UsageError } from '../../errors.ts';
import type { Chain } from '../../netfilter/ruleset.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { listing } from '../words.ts';
import type { Subject } from './subject.ts';

export function resolveChain(
  view: NodeView,
  { table, name }: { table: string | undefined; name: string },
  states: readonly PortState[],
): Subject {
  const names: string[] = [];
  const found: { family: Family; chain: Chain }[] = [];
  for (const ruleset of view.installed.rulesets) {
    for (const each of ruleset.tables) {
      if (table !== undefined && each.name !== table) continue;
      const chain = each.chain(name);
      if (chain !== undefined) found.push({ family: ruleset.family, chain });
      else for (const other of each.chains()) names.push(other.name);
    }
  }
  // Where several tables have a chain of the name, the one with most rules is meant; nat/NAME asks for another.
  const [best] = found.sort((a, b) => b.chain.ruleCount - a.chain.ruleCount);
  if (best === undefined) {
    const near = nearest(name, [...new Set(names)], 3);
    throw new UsageError('NO_SUCH_CHAIN', `no table that was read has a chain ${name}`, {
      hint:
        near.length > 0 ? `Near it: ${listing(near)}` : 'Chains of Services begin with KUBE-SVC-, KUBE-EXT-, KUBE-SEP-',
    });
  }
  const owned = states.filter((state) => state.family === best.family && chainsOf(state).has(name));
  return { kind: 'chain', ...best, states: owned };
}

function chainsOf({ frontends, balances, backends }: PortState): ReadonlySet<string> {
  return new Set([
    ...frontends.flatMap(({ chain }) => chain ?? []),
    ...frontends.flatMap(({ routes }) =>
      Object.values(routes).flatMap(({ through }) => through.map(({ balance }) => balance.chain)),
    ),
    ...balances.map(({ chain }) => chain),
    ...backends.map(({ chain }) => chain),
  ]);
}
