// What the kernel itself prints where a node (or kube-proxy's image) has no ip(8): /proc/net/fib_trie with if_inet6,
// /proc/net/route (the main table alone) and /proc/net/ipv6_route. Formats: net/ipv4/fib_trie.c, net/ipv6/addrconf.c,
// net/ipv6/route.c.
import { type Address, canonicalAddress, canonicalPrefix, contains, type Family } from '../address.ts';
import type { InterfaceAddress, Route } from '../netfilter/node-facts.ts';

/**
 * The addresses of `cat /proc/net/fib_trie /proc/net/if_inet6`. fib_trie names no interface: an IPv4 address is that of the
 * interface whose network (a route without a gateway) holds it, and one that no network holds has an interface without name.
 */
export function parseFibTrie(text: string, routes: readonly Route[]): readonly InterfaceAddress[] | undefined {
  const local = localAddresses(text);
  if (local.length === 0) return undefined;
  return [...local.map((address) => ofNetwork(address, routes)), ...inet6Addresses(text)];
}

// Local:
//   |-- 10.99.0.11
//      /32 host LOCAL
function localAddresses(text: string): readonly Address[] {
  const found = new Set<Address>();
  let address: string | undefined;
  for (const line of text.split('\n')) {
    const [, leaf] = /^\s*\|-- (\d+\.\d+\.\d+\.\d+)\s*$/.exec(line) ?? [];
    if (leaf !== undefined) address = canonicalAddress(leaf);
    else if (address !== undefined && /^\s*\/32 host LOCAL\s*$/.test(line)) found.add(address);
  }
  return [...found];
}

function ofNetwork(address: Address, routes: readonly Route[]): InterfaceAddress {
  if (contains('127.0.0.0/8', address)) return { interface: 'lo', address, prefixLength: 8, scope: 'host' };
  const network = routes
    .filter(({ type, gateway, prefix }) => type === 'unicast' && gateway === undefined && contains(prefix, address))
    .toSorted((a, b) => lengthOf(b.prefix) - lengthOf(a.prefix))
    .find(({ interface: name }) => name !== undefined);
  return {
    interface: network?.interface ?? '',
    address,
    prefixLength: network === undefined ? 32 : lengthOf(network.prefix),
    scope: 'global',
  };
}

function lengthOf(prefix: string): number {
  return Number(prefix.slice(prefix.indexOf('/') + 1));
}

// fd990000000000000000000000000011 02 40 00 80     eth0
const inet6Line = /^([0-9a-f]{32}) [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)\s+(\S+)$/;
// include/uapi/linux/if_addr.h
const deprecatedFlag = 0x20;
const tentativeFlag = 0x40;

function inet6Addresses(text: string): readonly InterfaceAddress[] {
  return text.split('\n').flatMap((line): readonly InterfaceAddress[] => {
    const [, digits = '', length = '', scope = '', flags = '', name = ''] = inet6Line.exec(line.trim()) ?? [];
    const address = digits === '' ? undefined : canonicalAddress(colons(digits));
    if (address === undefined) return [];
    const bits = Number.parseInt(flags, 16);
    return [
      {
        interface: name,
        address,
        prefixLength: Number.parseInt(length, 16),
        scope: inet6Scopes[scope] ?? 'global',
        ...((bits & tentativeFlag) !== 0 && { tentative: true }),
        ...((bits & deprecatedFlag) !== 0 && { deprecated: true }),
      },
    ];
  });
}

/** IPV6_ADDR_* of include/net/ipv6.h. */
const inet6Scopes: Readonly<Record<string, InterfaceAddress['scope']>> = { '10': 'host', '20': 'link', '40': 'site' };

/** `/proc/net/route` or `/proc/net/ipv6_route`. `undefined` where the text is neither. */
export function parseProcRoutes(text: string, family: Family): readonly Route[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (family === 'IPv4') {
    return lines[0]?.startsWith('Iface') ? lines.slice(1).flatMap((line) => route4(line) ?? []) : undefined;
  }
  const routes = lines.map(route6);
  return routes.length > 0 && routes.every((route) => route !== undefined) ? routes.flat() : undefined;
}

// include/uapi/linux/route.h
const up = 0x1;
const viaGateway = 0x2;
const reject = 0x200;

// eth0	0000F40A	00000000	0001	0	0	0	00FFFFFF	0	0	0
function route4(line: string): Route | undefined {
  const [name = '', destination = '', gateway = '', flags = '', , , metric, mask = ''] = line.trim().split(/\s+/);
  const prefix = canonicalPrefix(`${littleEndian(destination)}/${littleEndian(mask)}`);
  const bits = Number.parseInt(flags, 16);
  if (prefix === undefined || (bits & up) === 0) return undefined;
  const type = (bits & reject) !== 0 ? 'unreachable' : 'unicast';
  return {
    table: 'main',
    type,
    prefix,
    ...(name !== '*' && { interface: name }),
    ...((bits & viaGateway) !== 0 && { gateway: littleEndian(gateway) }),
    ...(Number(metric) > 0 && { metric: Number(metric) }),
  };
}

function littleEndian(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

// include/uapi/linux/ipv6_route.h
const local6 = 0x80000000;
const anycast6 = 0x00100000;

// fd990000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
const route6Line =
  /^([0-9a-f]{32}) ([0-9a-f]{2}) [0-9a-f]{32} ([0-9a-f]{2}) ([0-9a-f]{32}) ([0-9a-f]{8}) [0-9a-f]{8} [0-9a-f]{8} ([0-9a-f]{8})\s+(\S+)$/;

function route6(line: string): readonly Route[] | undefined {
  const [, destination, length, from, next, metric, flags, name] = route6Line.exec(line.trim()) ?? [];
  if (destination === undefined || length === undefined || next === undefined || name === undefined) return undefined;
  const prefix = canonicalPrefix(`${colons(destination)}/${Number.parseInt(length, 16)}`);
  const bits = Number.parseInt(flags ?? '', 16) >>> 0;
  // What only some sources take has a source prefix: nothing is said of it here.
  if (prefix === undefined || from !== '00' || (bits & up) === 0) return [];
  const own = (bits & local6) >>> 0 !== 0;
  const anycast = (bits & anycast6) !== 0;
  const multicast = prefix.startsWith('ff');
  return [
    {
      table: own || anycast || multicast ? 'local' : 'main',
      type: anycast
        ? 'anycast'
        : own
          ? 'local'
          : multicast
            ? 'multicast'
            : (bits & reject) !== 0
              ? 'unreachable'
              : 'unicast',
      prefix,
      interface: name,
      ...((bits & viaGateway) !== 0 && { gateway: canonicalAddress(colons(next)) ?? '' }),
      metric: Number.parseInt(metric ?? '', 16),
    },
  ];
}

function colons(digits: string): string {
  return (digits.match(/.{4}/g) ?? []).join(':');
}
