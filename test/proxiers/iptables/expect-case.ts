// Words for cases on which a simpler generator goes wrong (kube-proxy-traps.md, by number where it has one): one Service
// `shop/s`, two nodes, and the chains that a case is about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSpec } from '../objects.ts';
import { expectedOf, type Told } from './expected-of.ts';

export const here: EndpointSpec = { address: '10.244.0.5', node: 'node-a', is: 'RS' };
export const there: EndpointSpec = { address: '10.244.1.5', node: 'node-b', is: 'RS' };
export const nodePort = (spec: object = {}) => ({
  type: 'NodePort',
  ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }],
  ...spec,
});
export const balancer = (ranges: readonly string[], ingress: readonly object[] = [{ ip: '198.51.100.124' }]) => ({
  type: 'LoadBalancer',
  loadBalancerSourceRanges: ranges,
  status: { loadBalancer: { ingress } },
});
export const words = (tail: string) => `-m comment --comment "shop/s:http${tail}"`;
export const http = `-p tcp ${words('')} -m tcp`;
export const notPods = `! -s 10.244.0.0/16 -d 10.96.0.5/32 -p tcp ${words(' cluster IP')} -m tcp --dport 80 -j KUBE-MARK-MASQ`;
export const toCluster = (chain: string) =>
  `-d 10.96.0.5/32 -p tcp ${words(' cluster IP')} -m tcp --dport 80 -j ${chain}`;
export const clusterRefused = (why: string, how: string) =>
  `-d 10.96.0.5/32 -p tcp ${words(` has no ${why}`)} -m tcp --dport 80 -j ${how}`;
export const nodePortRefused = (why: string, how: string) =>
  `-p tcp ${words(` has no ${why}`)} -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j ${how}`;
export const reject = 'REJECT --reject-with icmp-port-unreachable';
export const external = (what: string) => `-m comment --comment "${what} for shop/s:http external destinations"`;

/** The chains that a case is about; `undefined`: the chain is not there. */
export interface Case extends Told {
  readonly name: string;
  readonly expected: Readonly<Record<string, readonly string[] | undefined>>;
}

export function judge(cases: readonly Case[]): void {
  for (const { name, expected, ...told } of cases) {
    test(name, () => {
      const found = expectedOf(told);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((chain) => [chain, found[chain]])), expected);
    });
  }
}
