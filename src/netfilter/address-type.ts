// What kind of address the node's routing takes an address for, as addrtype asks it: inet_dev_addr_type
// (net/ipv4/fib_frontend.c) looks in the local table alone; match_lookup_rt6 (xt_addrtype.c) asks all routes.
import { type Address, contains, type Family } from '../address.ts';
import type { NodeFacts } from './node-facts.ts';
import type { AddressType } from './packet.ts';
import { localRoutes, lookUp } from './routes.ts';

/**
 * `undefined` where the node's addresses or routes do not tell. On one interface (`only`, IPv4) an address that is
 * another's is UNICAST.
 */
export function addressType(
  facts: NodeFacts,
  family: Family,
  address: Address | undefined,
  only?: string,
): AddressType | undefined {
  if (address === undefined) return undefined;
  return family === 'IPv4' ? type4(facts, address, only) : type6(facts, address);
}

function type4(facts: NodeFacts, address: Address, only: string | undefined): AddressType | undefined {
  if (contains('224.0.0.0/4', address)) return 'MULTICAST';
  if (contains('0.0.0.0/8', address) || address === '255.255.255.255') return 'BROADCAST';
  const local = localRoutes(facts, 'IPv4');
  if (local === undefined) return undefined;
  const own = local
    .filter(({ prefix }) => contains(prefix, address))
    .sort((a, b) => Number(b.prefix.split('/')[1]) - Number(a.prefix.split('/')[1]))[0];
  if (own === undefined || (only !== undefined && own.interface !== only)) return 'UNICAST';
  return own.type === 'local' ? 'LOCAL' : own.type === 'broadcast' ? 'BROADCAST' : undefined;
}

function type6(facts: NodeFacts, address: Address): AddressType | undefined {
  if (contains('ff00::/8', address)) return 'MULTICAST';
  if (address === '::') return 'UNSPEC';
  const answer = lookUp(facts, { family: 'IPv6', destination: address, source: undefined, mark: 0, inInterface: null });
  if (answer.kind === 'unknown') return undefined;
  if (answer.kind === 'none') return 'UNREACHABLE';
  switch (answer.type) {
    case 'local':
      return 'LOCAL';
    case 'anycast':
      return 'ANYCAST';
    case 'unicast':
      return 'UNICAST';
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return 'UNREACHABLE';
    default:
      return undefined;
  }
}
