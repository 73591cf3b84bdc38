// The addresses the node takes as its own: for MASQUERADE and REDIRECT, and for packets it sends itself.
import { type Address, contains, familyOf } from '../address.ts';
import { type InterfaceAddress, interfaceSetting, type NodeFacts } from './node-facts.ts';
import type { Family } from './packet.ts';

/** An address, `null` where the node has none that fits, or the fact that would tell. */
export type OwnAddress = Address | null | { readonly fact: string };

/** The source of a packet that leaves by `out` for `nextHop` (inet_select_addr, net/ipv4/devinet.c). */
export function sourceFor(
  facts: NodeFacts,
  family: Family,
  out: string | undefined,
  nextHop: Address | undefined,
): OwnAddress {
  if (out === undefined) return { fact: 'the interface the packet leaves by' };
  if (facts.addresses === undefined) return { fact: `the addresses of ${out}` };
  const all = facts.addresses.filter(({ address }) => familyOf(address) === family);
  return family === 'IPv4' ? source4(facts, all, out, nextHop) : source6(all, out, nextHop);
}

function source4(
  facts: NodeFacts,
  all: readonly InterfaceAddress[],
  out: string,
  nextHop: Address | undefined,
): OwnAddress {
  const primary = all.filter(({ secondary }) => !secondary);
  const localnet = interfaceSetting(facts, out, 'route_localnet');
  const own = primary.filter(({ interface: name }) => name === out);
  // With route_localnet an address of host scope counts as one of the link, which is still too narrow.
  const wide = own.filter(({ scope }) => scope === 'global');
  if (localnet === undefined && own.length > wide.length && wide.length === 0)
    return { fact: `route_localnet of ${out}` };
  if (wide.length > 1 && nextHop === undefined) return { fact: 'the next hop of the packet' };
  const near = wide.find(
    ({ address, prefixLength }) => nextHop !== undefined && contains(`${address}/${prefixLength}`, nextHop),
  );
  const chosen = near ?? wide[0] ?? primary.find(({ scope }) => scope === 'global');
  return chosen?.address ?? null;
}

/** Of several addresses RFC 6724 chooses; of one, nobody has to (ipv6_dev_get_saddr, net/ipv6/addrconf.c). */
function source6(all: readonly InterfaceAddress[], out: string, destination: Address | undefined): OwnAddress {
  const usable = all.filter(({ scope, tentative }) => scope === 'global' && !tentative);
  // Rule 1: the destination itself.
  if (out === 'lo' && all.some(({ address }) => address === destination)) return destination ?? null;
  const own = usable.filter(({ interface: name }) => name === out);
  const candidates = own.length > 0 ? own : usable;
  const [only, ...others] = candidates;
  if (only === undefined) return { fact: `which address the node takes for packets out of ${out}` };
  return others.length === 0
    ? only.address
    : { fact: `which of its addresses the node takes for packets out of ${out}` };
}

/** Where REDIRECT sends what came in by `inInterface`; `null` is the node's own packet (nf_nat_redirect.c). */
export function redirectFor(
  facts: NodeFacts,
  family: Family,
  inInterface: string | null | undefined,
  destination: Address | undefined,
): OwnAddress {
  if (inInterface === null) return family === 'IPv4' ? '127.0.0.1' : '::1';
  if (inInterface === undefined) return { fact: 'the interface the packet comes in by' };
  if (facts.addresses === undefined) return { fact: `the addresses of ${inInterface}` };
  const own = facts.addresses.filter(
    ({ interface: name, address, secondary, tentative }) =>
      name === inInterface && familyOf(address) === family && !secondary && !tentative,
  );
  // An address of the link is given only to what was for one.
  const ofLink = destination !== undefined && contains('fe80::/10', destination);
  return own.find(({ scope }) => !ofLink || scope === 'link')?.address ?? null;
}
