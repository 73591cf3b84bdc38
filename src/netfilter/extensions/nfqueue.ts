// xt_NFQUEUE: hands the packet to a program that decides about it. The chain is not gone on with in any case.
import { defineTarget } from './extension.ts';

export const nfqueue = defineTarget({
  name: 'NFQUEUE',
  options: { 'queue-num': 'word', 'queue-balance': 'word', 'queue-bypass': 'flag', 'queue-cpu-fanout': 'flag' },
  flow: 'ends',
});
