// `ipset save` (ipset(8)): the sets of a node by name, each with its type and its elements.
import type { SetMembers } from '../netfilter/ipset.ts';

/** Lines that are neither `create` nor `add` are passed over; an `add` to a set that was not created makes no set. */
export function parseIpsetSave(text: string): ReadonlyMap<string, SetMembers> {
  const sets = new Map<string, { type: string; members: string[]; exceptions: string[]; uncertain: boolean }>();
  for (const line of text.split('\n')) {
    const [verb, name = '', third = '', ...options] = line.trim().split(/\s+/);
    if (verb === 'create') {
      const uncertain = options.some((option) => deciding.includes(option));
      sets.set(name, { type: third, members: [], exceptions: [], uncertain });
    } else if (verb === 'add') {
      const set = sets.get(name);
      (options.includes('nomatch') ? set?.exceptions : set?.members)?.push(third);
    }
  }
  return sets;
}

/** Options of a set that change what its elements hold. */
const deciding: readonly string[] = ['netmask', 'bitmask', 'markmask'];
