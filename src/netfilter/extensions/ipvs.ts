// xt_ipvs: what the IP virtual server knows of the packet's connection.
import { defineMatch } from './extension.ts';

export const ipvs = defineMatch({
  name: 'ipvs',
  options: {
    ipvs: 'flag',
    vproto: 'word',
    vaddr: 'word',
    vport: 'word',
    vdir: 'word',
    vmethod: 'word',
    vportctl: 'word',
  },
  // The virtual server decides, not the packet.
  matches: () => undefined,
});
