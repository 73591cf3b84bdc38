// xt_set: membership in an ipset, tested (`-m set`) and changed (`-j SET`).
import { defineMatch, defineTarget } from './extension.ts';

export const set = defineMatch({
  name: 'set',
  options: {
    'match-set': 'pair',
    'return-nomatch': 'flag',
    'update-counters': 'flag',
    'update-subcounters': 'flag',
    'packets-eq': 'word',
    'packets-lt': 'word',
    'packets-gt': 'word',
    'bytes-eq': 'word',
    'bytes-lt': 'word',
    'bytes-gt': 'word',
  },
  matches: (options, packet) => {
    const { 'match-set': member, 'return-nomatch': nomatch } = options;
    const [name, flags] = member?.values ?? [];
    if (member === undefined || name === undefined || flags === undefined || nomatch !== undefined) return undefined;
    const directions = flags.split(',').map((flag) => (flag === 'src' || flag === 'dst' ? flag : undefined));
    if (!directions.every((direction) => direction !== undefined)) return undefined;
    const inSet = packet.inSet?.(name, directions);
    const counted = Object.keys(options).some((option) => /^(packets|bytes)-/.test(option));
    // Only an element that is found is held against its counters.
    if (counted) return inSet === false && !member.negated ? false : undefined;
    return inSet === undefined ? undefined : inSet !== member.negated;
  },
});

export const setTarget = defineTarget({
  name: 'SET',
  options: {
    'add-set': 'pair',
    'del-set': 'pair',
    'map-set': 'pair',
    exist: 'flag',
    timeout: 'word',
    'map-mark': 'flag',
    'map-prio': 'flag',
    'map-queue': 'flag',
  },
  flow: 'continues',
});
