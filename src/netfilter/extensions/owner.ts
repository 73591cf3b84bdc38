// xt_owner: who owns the local socket that sends the packet.
import { all, defineMatch, when } from './extension.ts';
import { inNumberRange } from './number.ts';

export const owner = defineMatch({
  name: 'owner',
  options: { 'socket-exists': 'flag', 'uid-owner': 'word', 'gid-owner': 'word', 'suppl-groups': 'flag' },
  matches: (options, packet) => {
    if (packet.owner === undefined) return undefined;
    // Without a socket it fits if every option is negated: `(info->match ^ info->invert) == 0` (owner_mt, xt_owner.c).
    if (packet.owner === null) return Object.values(options).every((option) => option?.negated ?? true);
    const { uid, gid } = packet.owner;
    return all(
      when(options['socket-exists'], () => true),
      when(options['uid-owner'], (range) => inNumberRange(range, uid)),
      when(options['gid-owner'], (range) => {
        const primary = inNumberRange(range, gid);
        // Of the process's other groups nothing is known.
        return primary === false && options['suppl-groups'] !== undefined ? undefined : primary;
      }),
    );
  },
});
