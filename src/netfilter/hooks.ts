// The kernel's hooks, and what stands at each in the order of its priority: include/uapi/linux/netfilter_ipv4.h
// (NF_IP_PRI_*) and netfilter_ipv6.h, which have the same numbers. The chain of a table at a hook has the hook's name.
import type { Ruleset } from './ruleset.ts';

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** A table of one of the rulesets, or connection tracking, which gives a packet its connection. */
export interface Station {
  readonly table: 'raw' | 'mangle' | 'nat' | 'filter' | 'security' | 'conntrack';
  readonly priority: number;
  /** Its place among the rulesets. */
  readonly ruleset: number;
  /** Whether it is the first, and the last, of its name at this hook. */
  readonly first: boolean;
  readonly last: boolean;
}

type Named = Pick<Station, 'table' | 'priority'>;

/** What a packet meets at the hook, first to last. Of equal priority the first ruleset's comes first. */
export function stationsAt(hook: Hook, rulesets: readonly Pick<Ruleset, 'generatedBy'>[]): readonly Station[] {
  const tables = rulesets.flatMap(({ generatedBy }, ruleset) =>
    tablesAt[hook].map((each) => ({ ...each, ruleset, priority: priorityOf(each, generatedBy?.backend) })),
  );
  const all = [
    ...tables,
    ...(tracksAt.includes(hook) ? [{ table: 'conntrack' as const, priority: -200, ruleset: 0 }] : []),
  ];
  const sorted = all.toSorted((a, b) => a.priority - b.priority || a.ruleset - b.ruleset);
  const names = sorted.map(({ table }) => table);
  return sorted.map((each, at) => ({
    ...each,
    first: names.indexOf(each.table) === at,
    last: names.lastIndexOf(each.table) === at,
  }));
}

const tracksAt: readonly Hook[] = ['PREROUTING', 'OUTPUT'];

const raw: Named = { table: 'raw', priority: -300 };
const mangle: Named = { table: 'mangle', priority: -150 };
const natDestination: Named = { table: 'nat', priority: -100 };
const filter: Named = { table: 'filter', priority: 0 };
const security: Named = { table: 'security', priority: 50 };
const natSource: Named = { table: 'nat', priority: 100 };

const tablesAt: Readonly<Record<Hook, readonly Named[]>> = {
  PREROUTING: [raw, mangle, natDestination],
  INPUT: [mangle, filter, security, natSource],
  FORWARD: [mangle, filter, security],
  OUTPUT: [raw, mangle, natDestination, filter, security],
  POSTROUTING: [mangle, natSource],
};

/** iptables-nft hooks security in at 150 (iptables/nft.c, xtables_ipv4), behind the nat table of INPUT. */
function priorityOf({ table, priority }: Named, backend: 'nf_tables' | 'legacy' | undefined): number {
  return table === 'security' && backend === 'nf_tables' ? 150 : priority;
}

/** Which end of the connection the nat table may rewrite at the hook (HOOK2MANIP, nf_nat.h). */
export function rewrittenAt(hook: Hook): 'source' | 'destination' {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'source' : 'destination';
}
