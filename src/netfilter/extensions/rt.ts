// ip6t_rt: the routing header of an IPv6 packet.
import { defineMatch } from './extension.ts';

export const rt = defineMatch({
  name: 'rt',
  options: {
    'rt-type': 'word',
    'rt-segsleft': 'word',
    'rt-len': 'word',
    'rt-0-res': 'flag',
    'rt-0-addrs': 'word',
    'rt-0-not-strict': 'flag',
  },
  matches: () => undefined,
});
