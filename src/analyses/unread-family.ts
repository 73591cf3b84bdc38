// A family whose rules are not at hand: the node would not tell them, or only the other family's text was given.
import { familyOf } from '../address.ts';
import type { Capture } from '../capture/capture.ts';
import type { Service } from '../cluster/snapshot.ts';
import type { Family, Ruleset } from '../netfilter/ruleset.ts';

export interface UnreadFamily {
  readonly family: Family;
  /** Why the node did not tell them. `undefined` where nobody asked it: the text given is all there is. */
  readonly gap: string | undefined;
}

/** The families that `rulesets` lack, with what the capture says of why. */
export function unreadFamilies(rulesets: readonly Ruleset[], { gaps = [] }: Capture): readonly UnreadFamily[] {
  const read = new Set(rulesets.map(({ family }) => family));
  return (['IPv4', 'IPv6'] as const)
    .filter((family) => !read.has(family))
    .map((family) => ({ family, gap: gaps.find(({ section }) => section === sections[family])?.reason }));
}

const sections = { IPv4: 'iptables-save', IPv6: 'ip6tables-save' } as const;

/** `--rules6 with the text of ip6tables-save` */
export function flagFor(family: Family): string {
  return `--${family === 'IPv6' ? 'rules6' : 'rules'} with the text of ${sections[family]}`;
}

/** `and no IPv6 rules were given: add ...`, `and its IPv6 rules could not be read: ...` */
export function whyUnread({ family, gap }: UnreadFamily): string {
  return gap === undefined
    ? `no ${family} rules were given: add ${flagFor(family)}`
    : `the ${family} rules of the node could not be read: ${gap}`;
}

/** The unread families that one of these Services has a cluster IP of: only there are rules missed. */
export function missedFamilies(
  unread: readonly UnreadFamily[],
  services: readonly Pick<Service, 'clusterIPs'>[],
): readonly UnreadFamily[] {
  return unread.filter(({ family }) =>
    services.some(({ clusterIPs }) => clusterIPs.some((address) => familyOf(address) === family)),
  );
}
