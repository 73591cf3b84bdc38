// What the walk of a packet of either family may know of the node: what was captured, nothing assumed.
import type { NodeFacts } from '../netfilter/node-facts.ts';
import type { KernelFacts } from './kernel-facts.ts';

export function walkFacts(kernel: KernelFacts): NodeFacts {
  const [ipv4, ipv6] = [kernel.facts('IPv4'), kernel.facts('IPv6')];
  return { ...ipv4, routes: united([ipv4.routes, ipv6.routes]), rules: united([ipv4.rules, ipv6.rules]) };
}

/** One family's alone is something: of the other nothing is known, and who asks must look whether there is any. */
function united<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  return lists.every((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? []);
}
