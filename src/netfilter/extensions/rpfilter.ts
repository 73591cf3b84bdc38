// ipt_rpfilter and ip6t_rpfilter: whether a reply would leave by the interface the packet came in on.
import { any, defineMatch, negate } from './extension.ts';

export const rpfilter = defineMatch({
  name: 'rpfilter',
  options: { loose: 'flag', validmark: 'flag', 'accept-local': 'flag', invert: 'flag' },
  matches: (options, { inInterface, reversePathOk }) => {
    const lenient = options.loose !== undefined || options['accept-local'] !== undefined;
    // The loopback device always passes (rpfilter_is_loopback).
    const isLoopback = inInterface === undefined ? undefined : inInterface === 'lo';
    const passes = any(isLoopback, lenient && reversePathOk === false ? undefined : reversePathOk);
    return negate(options.invert !== undefined, passes);
  },
});
