// What the walk of a packet needs to know of the node beside its rules. Every part may be absent: then it is not known,
// and an end that depends on it is undetermined. Nothing is assumed here; whoever assumes says so in what he hands in.
import type { Address, Family, Prefix } from '../address.ts';
import type { SetMembers } from './ipset.ts';

export interface NodeFacts {
  /** In the order of `ip addr`: by interface, and the kernel's order within one. */
  readonly addresses?: readonly InterfaceAddress[] | undefined;
  /** Of all routing tables. Those of `local` follow from the addresses where none is given. */
  readonly routes?: readonly Route[] | undefined;
  /** In the order of their priority. */
  readonly rules?: readonly RoutingRule[] | undefined;
  /** `net.ipv4.ip_forward` to `1`. */
  readonly sysctls?: ReadonlyMap<string, string> | undefined;
  /** ipsets by name. A set that is not among them is not known. */
  readonly sets?: ReadonlyMap<string, SetMembers> | undefined;
}

export interface InterfaceAddress {
  readonly interface: string;
  readonly address: Address;
  readonly prefixLength: number;
  readonly scope: 'global' | 'link' | 'host' | 'site';
  /** A further IPv4 address of a network that the interface has an address of already. */
  readonly secondary?: boolean;
  /** Not usable yet, or not any more. */
  readonly tentative?: boolean;
  readonly deprecated?: boolean;
}

/** RTN_* of linux/rtnetlink.h, as ip-route(8) spells them. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'anycast'
  | 'unreachable'
  | 'prohibit'
  | 'blackhole'
  | 'throw';

export interface Route {
  /** `main`, `local`, `default`, or a number as text. */
  readonly table: string;
  readonly type: RouteType;
  readonly prefix: Prefix;
  /** Absent where the route has none, or more than one: then `ways` counts them. */
  readonly interface?: string;
  readonly gateway?: Address;
  /** The source of packets that the node itself sends this way. */
  readonly source?: Address;
  readonly metric?: number;
  /** Number of next hops, where there is more than one. */
  readonly ways?: number;
}

/** A line of ip-rule(8). Selectors that are absent select everything. */
export interface RoutingRule {
  readonly family: Family;
  readonly from?: Prefix;
  readonly to?: Prefix;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly not?: boolean;
  /** Whether it has a selector or an action beside these; then nothing is known of what it does. */
  readonly more?: boolean;
  readonly action: 'lookup' | 'unreachable' | 'prohibit' | 'blackhole';
  readonly table?: string;
}

/**
 * The value of a setting of one interface, combined with that of `all` as the kernel does it (IN_DEV_ORCONF,
 * IN_DEV_MAXCONF, include/linux/inetdevice.h): the larger one. `undefined` where either is not known.
 */
export function interfaceSetting(facts: NodeFacts, name: string, setting: string): number | undefined {
  const [all, own] = ['all', name].map((each) =>
    settingOf(facts, `net.ipv4.conf.${each.replaceAll('.', '/')}.${setting}`),
  );
  // Of a switch one that is on is enough; rp_filter has a third value above that.
  const most = setting === 'rp_filter' ? 2 : 1;
  if (all === undefined || own === undefined) return all === most || own === most ? most : undefined;
  return Math.max(all, own);
}

/** `undefined` where it is not known. */
export function settingOf(facts: NodeFacts, name: string): number | undefined {
  const text = facts.sysctls?.get(name);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
