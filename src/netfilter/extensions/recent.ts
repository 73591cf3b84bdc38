// xt_recent: named lists of addresses and when they were last seen.
import type { Packet } from '../packet.ts';
import { defineMatch, negate, type Options, type Tri } from './extension.ts';

const table = {
  set: 'flag',
  rcheck: 'flag',
  update: 'flag',
  remove: 'flag',
  seconds: 'word',
  reap: 'flag',
  hitcount: 'word',
  rttl: 'flag',
  name: 'word',
  mask: 'word',
  rsource: 'flag',
  rdest: 'flag',
} as const;

export const recent = defineMatch({
  name: 'recent',
  options: table,
  matches: (options, packet) => {
    const { set, rcheck, update, remove } = options;
    if (set !== undefined) return !set.negated;
    const lookup = rcheck ?? update ?? remove;
    return lookup && negate(lookup.negated, isListed(options, packet));
  },
});

/**
 * A list that `packet.recentLists` names holds the address freshly enough for `--seconds`. How often it was seen, and
 * with which TTL, is not known; nor what is listed for a whole network or for the destination.
 */
function isListed(options: Options<typeof table>, { recentLists }: Packet): Tri {
  if (recentLists === undefined || options.rdest !== undefined) return undefined;
  const listed = recentLists.includes(options.name?.values[0] ?? 'DEFAULT');
  if (!listed) return isWholeMask(options.mask?.values[0]) ? false : undefined;
  return options.remove === undefined && (options.hitcount !== undefined || options.rttl !== undefined)
    ? undefined
    : true;
}

function isWholeMask(mask: string | undefined): boolean {
  return mask === undefined || mask === '255.255.255.255' || /^(ffff(:|$)){8}$/.test(mask);
}
