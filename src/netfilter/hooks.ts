// The kernel's hooks, and what stands at each in the order of its priority: include/uapi/linux/netfilter_ipv4.h
// (NF_IP_PRI_*) and netfilter_ipv6.h, which have the same numbers. The chain of a table at a hook has the hook's name.

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** A table of iptables, or `conntrack`: where a packet is given its connection. */
export interface Station {
  readonly table: 'raw' | 'conntrack' | 'mangle' | 'nat' | 'filter' | 'security';
  readonly priority: number;
}

/** What a packet meets at the hook, first to last; the same for IPv4 and IPv6. */
export function stationsAt(hook: Hook): readonly Station[] {
  return stations[hook];
}

const raw: Station = { table: 'raw', priority: -300 };
const conntrack: Station = { table: 'conntrack', priority: -200 };
const mangle: Station = { table: 'mangle', priority: -150 };
const natDestination: Station = { table: 'nat', priority: -100 };
const filter: Station = { table: 'filter', priority: 0 };
const security: Station = { table: 'security', priority: 50 };
const natSource: Station = { table: 'nat', priority: 100 };

const stations: Readonly<Record<Hook, readonly Station[]>> = {
  PREROUTING: [raw, conntrack, mangle, natDestination],
  INPUT: [mangle, filter, security, natSource],
  FORWARD: [mangle, filter, security],
  OUTPUT: [raw, conntrack, mangle, natDestination, filter, security],
  POSTROUTING: [mangle, natSource],
};

/** Which end of the connection the nat table may rewrite at the hook (HOOK2MANIP, nf_nat.h). */
export function rewrittenAt(hook: Hook): 'source' | 'destination' {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'source' : 'destination';
}
