// A node as the tests of the walk know it: eth0 to the world, cni0 to what runs on the node, and the usual settings.
import type { NodeFacts, Route, RoutingRule } from '../../src/netfilter/node-facts.ts';
import { parseRoutes } from '../../src/parse/node-facts.ts';

const settings = ['rp_filter', 'route_localnet', 'accept_local', 'src_valid_mark'];

export const node = {
  addresses: [
    { interface: 'lo', address: '127.0.0.1', prefixLength: 8, scope: 'host' },
    { interface: 'eth0', address: '192.0.2.1', prefixLength: 24, scope: 'global' },
    { interface: 'cni0', address: '10.244.0.1', prefixLength: 24, scope: 'global' },
  ],
  routes: routesOf([
    ['10.244.0.0/24', 'cni0'],
    ['192.0.2.0/24', 'eth0'],
    ['default', 'eth0', '192.0.2.254'],
  ]),
  rules: ['local', 'main'].map((table): RoutingRule => ({ family: 'IPv4', action: 'lookup', table })),
  sysctls: new Map([
    ['net.ipv4.ip_forward', '1'],
    ...['all', 'eth0', 'cni0'].flatMap((name) =>
      settings.map((each) => [`net.ipv4.conf.${name}.${each}`, '0'] as const),
    ),
  ]),
} satisfies NodeFacts;

/** Of the main table: destination, interface and gateway. */
export function routesOf(list: readonly (readonly [string, string, string?])[]): readonly Route[] {
  return parseRoutes(JSON.stringify(list.map(([dst, dev, gateway]) => ({ dst, dev, gateway }))), 'IPv4') ?? [];
}

export function withSysctls(values: Readonly<Record<string, string>>): NodeFacts {
  return { ...node, sysctls: new Map([...node.sysctls, ...Object.entries(values)]) };
}
