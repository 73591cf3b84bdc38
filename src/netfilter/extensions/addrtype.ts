// xt_addrtype: what kind of address this node's routing takes the packet's addresses for.
import { type Address, contains } from '../../address.ts';
import type { AddressType, Packet } from '../packet.ts';
import { agree, all, any, defineMatch, type Tri, when } from './extension.ts';

export const addrtype = defineMatch({
  name: 'addrtype',
  options: { 'src-type': 'word', 'dst-type': 'word', 'limit-iface-in': 'flag', 'limit-iface-out': 'flag' },
  matches: (options, packet) => {
    const limited = isLimited(options, packet);
    return all(
      when(options['src-type'], (list) => isOfType(list, packet.source, packet.sourceType, limited, packet)),
      when(options['dst-type'], (list) => isOfType(list, packet.destination, packet.destinationType, limited, packet)),
    );
  },
});

/** Whether addresses count only as far as they are those of one interface. The kernel takes no interface for any. */
function isLimited(options: { 'limit-iface-in'?: unknown; 'limit-iface-out'?: unknown }, packet: Packet): boolean {
  if (options['limit-iface-in'] !== undefined) return packet.inInterface !== null;
  return options['limit-iface-out'] !== undefined && packet.outInterface !== null;
}

function isOfType(
  list: string,
  address: Address | undefined,
  type: AddressType | undefined,
  limited: boolean,
  packet: Packet,
) {
  const wanted = list.split(',');
  if (!wanted.every((name) => allTypes.some((known) => known === name))) return undefined;
  if (packet.family === 'IPv6') return isOfType6(wanted, address, type, limited);
  return agree(...possibleTypes(address, type, limited).map((possible) => wanted.includes(possible)));
}

const allTypes = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const;

/**
 * An IPv4 address has one type (inet_dev_addr_type, net/ipv4/fib_frontend.c). What the local table says of it counts
 * only on its own interface: seen from another it is UNICAST. Multicast and the limited broadcast are not looked up.
 */
function possibleTypes(
  address: Address | undefined,
  type: AddressType | undefined,
  limited: boolean,
): readonly string[] {
  const fixed = address === undefined ? undefined : fixedType(address);
  if (type === undefined) {
    if (fixed !== undefined) return [fixed];
    return address === undefined ? allTypes : allTypes.filter((possible) => possible !== 'MULTICAST');
  }
  return limited && type !== 'MULTICAST' && fixed === undefined ? [type, 'UNICAST'] : [type];
}

function fixedType(address: Address): 'MULTICAST' | 'BROADCAST' | undefined {
  if (contains('224.0.0.0/4', address)) return 'MULTICAST';
  return contains('0.0.0.0/8', address) || address === '255.255.255.255' ? 'BROADCAST' : undefined;
}

const writtenTypes6: readonly string[] = ['UNICAST', 'MULTICAST', 'UNSPEC'];
const routedTypes6: readonly string[] = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];

/**
 * In IPv6 UNICAST, MULTICAST and UNSPEC are read off the address, so that a local address is UNICAST as well, and all
 * that are listed must hold; of the types that need a route, one is enough (match_type6, xt_addrtype.c).
 */
function isOfType6(
  wanted: readonly string[],
  address: Address | undefined,
  type: AddressType | undefined,
  limited: boolean,
): Tri {
  const form = formOf6(address, type);
  const written = wanted.filter((name) => writtenTypes6.includes(name));
  const routed = wanted.filter((name) => routedTypes6.includes(name));
  // The kernel refuses the others.
  if (written.length + routed.length < wanted.length) return undefined;
  return all(
    ...written.map((name) => form && form === name),
    routed.length === 0 || any(...routed.map((name) => isRouted6(name, type, limited))),
  );
}

function formOf6(
  address: Address | undefined,
  type: AddressType | undefined,
): 'UNICAST' | 'MULTICAST' | 'UNSPEC' | undefined {
  if (address !== undefined) {
    if (contains('ff00::/8', address)) return 'MULTICAST';
    if (address === '::') return 'UNSPEC';
    // Mapped and compatible forms live here; only the loopback is surely unicast.
    return address !== '::1' && contains('::/8', address) ? undefined : 'UNICAST';
  }
  if (type === 'LOCAL' || type === 'UNICAST' || type === 'ANYCAST') return 'UNICAST';
  return type === 'MULTICAST' || type === 'UNSPEC' ? type : undefined;
}

/** On one interface a route may be missing that another has, and an address may be another's. */
function isRouted6(name: string, type: AddressType | undefined, limited: boolean): Tri {
  if (type === undefined) return undefined;
  if (!limited) return name === type;
  return name === 'LOCAL' && type !== 'LOCAL' ? false : undefined;
}
