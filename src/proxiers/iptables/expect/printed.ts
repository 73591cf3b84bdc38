// The parts of a rule as iptables-save prints them, each with a space before it. Their order in a rule: source,
// destination, interface, protocol, then matches as kube-proxy gave them. kube-proxy-written and printed forms differ.
import type { Address, Family, Prefix } from '../../../address.ts';
import type { Protocol } from '../../../cluster/snapshot.ts';

export function comment(text: string): string {
  return ` -m comment --comment "${text}"`;
}

/** A match-all prefix is not printed, unless it is negated. */
export function source(prefix: Prefix): string {
  return prefix.endsWith('/0') ? '' : ` -s ${prefix}`;
}

export function destination(address: Address): string {
  return ` -d ${hostPrefix(address)}`;
}

/** `10.0.0.1/32`, `fd00::1/128`. */
export function hostPrefix(address: Address): Prefix {
  return address.includes(':') ? `${address}/128` : `${address}/32`;
}

export function protocol(name: Protocol): string {
  return ` -p ${name.toLowerCase()}`;
}

export function destinationPort(name: Protocol, port: number): string {
  return ` -m ${name.toLowerCase()} --dport ${port}`;
}

/** The name is printed after two blanks: extensions/libxt_nfacct.c, iptables 1.8.9. */
export function countedBy(counter: 'ct_state_invalid_dropped_pkts' | 'localhost_nps_accepted_pkts'): string {
  return ` -m nfacct --nfacct-name  ${counter}`;
}

export function rejected(family: Family): string {
  return ` -j REJECT --reject-with ${family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'}`;
}

/** `0x4000` of bit 14. */
export function markText(bit: number): string {
  return `0x${(2 ** bit).toString(16)}`;
}

/** What `recent` prints after the name of a list: the whole source address counts. */
export function wholeSource(family: Family): string {
  const mask = family === 'IPv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  return ` --mask ${mask} --rsource`;
}

/**
 * One in `left`. kube-proxy writes ten decimals (pkg/proxy/iptables/proxier.go computeProbability), the kernel keeps 31
 * bits, and iptables-save prints eleven decimals of those.
 */
export function chanceOf(left: number): string {
  const known = chances.get(left);
  if (known !== undefined) return known;
  const kept = Math.round(Number((1 / left).toFixed(10)) * 2 ** 31);
  const chance = ` -m statistic --mode random --probability ${(kept / 2 ** 31).toFixed(11)}`;
  chances.set(left, chance);
  return chance;
}

/** Few numbers, asked for again and again: a decimal costs more to print than all the rest of its rule. */
const chances = new Map<number, string>();
