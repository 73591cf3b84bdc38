// What `ip -j addr`, `ip -j route show table all` and `ip -j rule` of ip(8) print, as the walk of a packet wants it.
// Reads what it understands; a text that is no such list gives `undefined`, and an entry that is not clear is kept as
// one that nothing may be concluded from.
import { canonicalAddress, canonicalPrefix, type Family } from '../address.ts';
import type { InterfaceAddress, Route, RouteType, RoutingRule } from '../netfilter/node-facts.ts';

type Entry = { readonly [key: string]: unknown };

/** `ip -j addr`. */
export function parseAddresses(text: string): readonly InterfaceAddress[] | undefined {
  return entriesOf(text)?.flatMap((device) => {
    const list = Array.isArray(device.addr_info) ? device.addr_info.filter(isEntry) : [];
    return list.flatMap((info): InterfaceAddress[] => {
      const address = typeof info.local === 'string' ? canonicalAddress(info.local) : undefined;
      const [name, length, scope] = [word(device.ifname), info.prefixlen, word(info.scope)];
      if (address === undefined || name === undefined || typeof length !== 'number' || !isScope(scope)) return [];
      return [
        {
          interface: name,
          address,
          prefixLength: length,
          scope,
          ...(info.secondary === true && address.includes('.') && { secondary: true }),
          ...(info.tentative === true && { tentative: true }),
          ...(info.deprecated === true && { deprecated: true }),
        },
      ];
    });
  });
}

/** `ip -j route show table all` of one family. */
export function parseRoutes(text: string, family: Family): readonly Route[] | undefined {
  return entriesOf(text)?.flatMap((entry): Route[] => {
    const destination = word(entry.dst) ?? '';
    const prefix =
      destination === 'default' ? (family === 'IPv4' ? '0.0.0.0/0' : '::/0') : canonicalPrefix(destination);
    const type = word(entry.type) ?? 'unicast';
    // `ip -j route show table all` without -4 or -6 prints both families.
    if (prefix === undefined || prefix.includes(':') !== (family === 'IPv6') || !isRouteType(type)) return [];
    if (destination === 'default' && isOfOther(entry, family)) return [];
    const ways = Array.isArray(entry.nexthops) ? entry.nexthops.length : 1;
    const [name, gateway, source] = [word(entry.dev), word(entry.gateway), word(entry.prefsrc)];
    return [
      {
        table: word(entry.table) ?? 'main',
        type,
        prefix,
        ...(name !== undefined && ways === 1 && { interface: name }),
        ...(gateway !== undefined && { gateway }),
        ...(source !== undefined && { source }),
        ...(typeof entry.metric === 'number' && { metric: entry.metric }),
        ...(ways > 1 && { ways }),
      },
    ];
  });
}

/** A default route names no family; its gateway does, and only routes of IPv6 have a preference (RFC 4191). */
function isOfOther({ gateway, pref }: Entry, family: Family): boolean {
  const next = word(gateway);
  const is6 = next === undefined ? pref !== undefined : next.includes(':');
  return is6 !== (family === 'IPv6') && (next !== undefined || is6);
}

/** `ip -j rule` of one family, in the order of priority. */
export function parseRoutingRules(text: string, family: Family): readonly RoutingRule[] | undefined {
  return entriesOf(text)
    ?.toSorted((a, b) => Number(a.priority ?? 0) - Number(b.priority ?? 0))
    .map((entry): RoutingRule => {
      const { priority: _, src, srclen, dst, dstlen, fwmark, fwmask, iif, oif, not, table, action, ...more } = entry;
      const [from, to] = [prefixOf(src, srclen), prefixOf(dst, dstlen)];
      const [name, out] = [word(iif), word(oif)];
      const verb = word(action) ?? 'lookup';
      const known = verb === 'lookup' || verb === 'unreachable' || verb === 'prohibit' || verb === 'blackhole';
      return {
        family,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(fwmark !== undefined && { mark: { value: number(fwmark), mask: number(fwmask ?? 0xffffffff) } }),
        ...(name !== undefined && { inInterface: name }),
        ...(out !== undefined && { outInterface: out }),
        ...(not !== undefined && { not: true }),
        ...((!known || Object.keys(more).some((key) => key !== 'protocol')) && { more: true }),
        action: known ? verb : 'lookup',
        ...(table !== undefined && { table: String(table) }),
      };
    });
}

function entriesOf(text: string): readonly Entry[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isEntry) : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number {
  return Number(value);
}

/** `all` selects everything. */
function prefixOf(address: unknown, length: unknown): string | undefined {
  if (typeof address !== 'string' || address === 'all') return undefined;
  return canonicalPrefix(typeof length === 'number' ? `${address}/${length}` : address);
}

const scopes = ['global', 'link', 'host', 'site'] as const;

function isScope(text: string | undefined): text is InterfaceAddress['scope'] {
  return scopes.some((scope) => scope === text);
}

const routeTypes: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'unreachable',
  'prohibit',
  'blackhole',
  'throw',
];

function isRouteType(text: string): text is RouteType {
  return routeTypes.some((type) => type === text);
}
