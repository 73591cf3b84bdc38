// xt_cgroup: the control group of the local socket that sends the packet.
import { defineMatch } from './extension.ts';

export const cgroup = defineMatch({
  name: 'cgroup',
  options: { cgroup: 'word', path: 'string' },
  // Without a socket it fails, negated or not (cgroup_mt_v1, net/netfilter/xt_cgroup.c).
  matches: (_options, packet) => (packet.owner === null ? false : undefined),
});
