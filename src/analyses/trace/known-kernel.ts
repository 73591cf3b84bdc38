// What the walk knows of the node's kernel: what was captured, and in place of what was not, what its Node object and the
// usual settings of a node say. Each such assumption is a sentence. What nothing tells stays unknown.
import { type Address, type Family, familyOf } from '../../address.ts';
import type { InterfaceAddress, NodeFacts, Route, RoutingRule } from '../../netfilter/node-facts.ts';
import type { NodeView } from '../node-view.ts';
import { listing } from '../words.ts';

export interface KnownKernel {
  readonly facts: NodeFacts;
  readonly assumed: readonly string[];
}

export function knownKernel(view: NodeView, family: Family): KnownKernel {
  const captured = view.kernel.facts(family);
  const node = view.cluster?.node;
  const assumed: string[] = [];
  const own = (node?.addresses ?? []).flatMap(({ address }) => (familyOf(address) === undefined ? [] : [address]));
  const ofNode = node === undefined ? undefined : `Node ${node.name}`;
  let { addresses, routes, rules } = captured;
  if (addresses === undefined && ofNode !== undefined && own.length > 0) {
    addresses = [...loopback, ...own.map(onSomeInterface)];
    assumed.push(
      `${ofNode} is taken to have no other addresses than ${listing(own)} and loopback: \`ip addr\` was not captured`,
    );
  }
  if (routes === undefined && node !== undefined && ofNode !== undefined) {
    const source = own.find((address) => familyOf(address) === family);
    routes = routesOf(family, node.podCIDRs, source);
    const pods = node.podCIDRs.filter((prefix) => (familyOf(prefix.split('/')[0] ?? '') ?? family) === family);
    const inside = pods.length === 0 ? '' : `${listing(pods)} to its own pods and `;
    assumed.push(`${ofNode} is taken to send ${inside}everything else out: \`ip route\` was not captured`);
  }
  if (rules === undefined && routes !== undefined) {
    rules = (['local', 'main', 'default'] as const).map((table): RoutingRule => ({ family, action: 'lookup', table }));
    assumed.push(
      `no policy routing is taken to be there: \`ip${family === 'IPv6' ? ' -6' : ''} rule\` was not captured`,
    );
  }
  return { facts: { ...captured, addresses, routes, rules }, assumed };
}

const loopback: readonly InterfaceAddress[] = [
  { interface: 'lo', address: '127.0.0.1', prefixLength: 8, scope: 'host' },
  { interface: 'lo', address: '::1', prefixLength: 128, scope: 'host' },
];

/** Which interface has it, no object tells. */
function onSomeInterface(address: Address): InterfaceAddress {
  return { interface: '', address, prefixLength: familyOf(address) === 'IPv4' ? 32 : 128, scope: 'global' };
}

function routesOf(family: Family, podCIDRs: readonly string[], source: Address | undefined): readonly Route[] {
  const all = family === 'IPv4' ? '0.0.0.0/0' : '::/0';
  const own = podCIDRs.filter((prefix) => familyOf(prefix.split('/')[0] ?? '') === family);
  return [
    ...own.map((prefix): Route => ({ table: 'main', type: 'unicast', prefix })),
    { table: 'main', type: 'unicast', prefix: all, ...(source !== undefined && { source }) },
  ];
}
