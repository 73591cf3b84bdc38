// Which settings a node's rules are held against: what was said, what the rules can only mean, what kube-proxy does by
// default; and what was said and is not so.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ProxyConfig } from '../../../src/cluster/proxy-config.ts';
import type { Node } from '../../../src/cluster/snapshot.ts';
import type { Setting } from '../../../src/proxiers/comparison.ts';
import { endpointMap } from '../../../src/proxiers/endpoints.ts';
import { compareNode } from '../../../src/proxiers/iptables/compare-node.ts';
import { expectRules } from '../../../src/proxiers/iptables/expect/index.ts';
import type { Settings } from '../../../src/proxiers/iptables/settings.ts';
import type { ProxyFacts } from '../../../src/proxiers/proxy-facts.ts';
import { servicePorts } from '../../../src/proxiers/service-ports.ts';
import { type SliceSpec, serviceObject, snapshotOf } from '../objects.ts';
import { rulesetOf } from '../recordings.ts';
import { here, nodePort, there } from './expect-case.ts';
import { settingsFor } from './expected-of.ts';
import { restoreText } from './expected-text.ts';

const nodeA: Node = {
  namespace: '',
  name: 'node-a',
  uid: undefined,
  resourceVersion: undefined,
  created: undefined,
  deleted: undefined,
  labels: {},
  annotations: {},
  addresses: [{ type: 'InternalIP', address: '192.168.77.2' }],
  podCIDRs: ['10.244.7.0/24'],
  zone: 'a',
  kubeletVersion: undefined,
  kubeProxyVersion: undefined,
};

const unset: ProxyConfig = {
  mode: 'iptables',
  hostnameOverride: undefined,
  bindAddress: undefined,
  clusterCIDRs: ['10.244.0.0/16'],
  detectLocalMode: undefined,
  bridgeInterface: undefined,
  interfaceNamePrefix: undefined,
  nodePortAddresses: undefined,
  masqueradeAll: undefined,
  masqueradeBit: undefined,
  localhostNodePorts: undefined,
  featureGates: {},
};

interface Case {
  readonly name: string;
  /** What kube-proxy wrote the rules with. */
  readonly written?: Partial<Settings>;
  readonly minor?: number;
  readonly spec?: object;
  readonly slices?: readonly SliceSpec[];
  readonly config?: Partial<ProxyConfig>;
  readonly facts?: Partial<ProxyFacts>;
  readonly header?: string;
  /** Settings by name: value, where from; `said ...` where the rules contradict. */
  readonly settings: Readonly<Record<string, string>>;
  readonly differences?: number;
}

const hinted: readonly SliceSpec[] = [
  {
    endpoints: [
      { ...here, zones: ['a'] },
      { ...there, zones: ['b'] },
    ],
  },
];
const two: readonly SliceSpec[] = [{ endpoints: [here, there] }];
const config = 'the test, told';
const rules = 'the rules';
const byDefault = 'kube-proxy’s default';

const cases: readonly Case[] = [
  {
    name: 'pods by a CIDR, as configured',
    config: {},
    settings: { 'local detection': `pods are 10.244.0.0/16, ${config}` },
  },
  {
    name: 'pods by the CIDR of the node',
    written: { detector: { kind: 'cidr', prefix: '10.244.7.0/24' } },
    config: { detectLocalMode: 'NodeCIDR', clusterCIDRs: undefined },
    settings: { 'local detection': `pods are 10.244.7.0/24, ${config}` },
  },
  {
    name: 'pods by a bridge',
    written: { detector: { kind: 'interface', pattern: 'cni0' } },
    config: { detectLocalMode: 'BridgeInterface', bridgeInterface: 'cni0' },
    settings: { 'local detection': `pods come in by cni0, ${config}` },
  },
  {
    name: 'pods by the beginning of a name',
    written: { detector: { kind: 'interface', pattern: 'veth+' } },
    config: { detectLocalMode: 'InterfaceNamePrefix', interfaceNamePrefix: 'veth' },
    settings: { 'local detection': `pods come in by veth+, ${config}` },
  },
  { name: 'pods by the rules', settings: { 'local detection': `pods are 10.244.0.0/16, ${rules}` } },
  {
    name: 'no pods, by the rules',
    written: { detector: { kind: 'none' } },
    settings: { 'local detection': `pods are not told from other clients, ${rules}` },
  },
  {
    name: 'no rule that could tell pods',
    slices: [],
    settings: { 'local detection': `pods are not told from other clients, ${byDefault}` },
  },
  {
    name: 'pods by another CIDR than was said',
    written: { detector: { kind: 'cidr', prefix: '10.99.0.0/16' } },
    config: {},
    settings: { 'local detection': `pods are 10.99.0.0/16, ${rules}; said pods are 10.244.0.0/16, ${config}` },
  },
  {
    name: 'all is masqueraded, as configured',
    written: { masqueradeAll: true },
    config: { masqueradeAll: true },
    settings: { 'masquerade all': `all is masqueraded, ${config}` },
  },
  {
    name: 'all is masqueraded, by the rules',
    written: { masqueradeAll: true },
    settings: { 'masquerade all': `all is masqueraded, ${rules}` },
  },
  {
    name: 'all is masqueraded, though it was said not to be',
    written: { masqueradeAll: true },
    config: {},
    settings: { 'masquerade all': `all is masqueraded, ${rules}; said not all is masqueraded, ${config}` },
  },
  {
    name: 'nothing tells whether all is masqueraded',
    slices: [],
    settings: { 'masquerade all': `not all is masqueraded, ${byDefault}` },
  },
  {
    name: 'the bit as configured',
    written: { masqueradeBit: 15 },
    config: { masqueradeBit: 15 },
    settings: { 'masquerade bit': `bit 15, ${config}` },
  },
  { name: 'the bit by the rules', written: { masqueradeBit: 15 }, settings: { 'masquerade bit': `bit 15, ${rules}` } },
  {
    name: 'another bit than was said',
    written: { masqueradeBit: 15 },
    config: {},
    settings: { 'masquerade bit': `bit 15, ${rules}; said bit 14, ${config}` },
  },
  {
    name: 'node ports everywhere, by default',
    spec: nodePort(),
    config: {},
    settings: { 'node ports': `open on all addresses, ${config}` },
  },
  {
    name: 'node ports not on localhost, by the rules',
    spec: nodePort(),
    written: { localhostNodePorts: false },
    settings: { 'node ports': `open on all addresses, not on localhost, ${rules}` },
  },
  {
    name: 'node ports on the addresses that were said, of those the node has',
    spec: nodePort(),
    written: { nodePortAddresses: ['192.168.77.2'], localhostNodePorts: false },
    config: { nodePortAddresses: ['192.168.0.0/16'] },
    facts: { interfaceAddresses: ['127.0.0.1', '192.168.77.2', '10.0.0.1', 'fd77::2'] },
    settings: { 'node ports': `open on 192.168.77.2, not on localhost, ${config}` },
  },
  {
    name: 'node ports on the node’s first address',
    spec: nodePort(),
    written: { nodePortAddresses: ['192.168.77.2'], localhostNodePorts: false },
    config: { nodePortAddresses: ['primary'] },
    settings: { 'node ports': `open on 192.168.77.2, not on localhost, ${config}` },
  },
  {
    name: 'node ports on addresses, by the rules',
    spec: nodePort(),
    written: { nodePortAddresses: ['10.0.0.1', '127.0.0.1'] },
    settings: { 'node ports': `open on 10.0.0.1, 127.0.0.1, ${rules}` },
  },
  {
    name: 'one rule too few for the node’s addresses is no other configuration',
    spec: nodePort(),
    written: { nodePortAddresses: ['192.168.77.2'], localhostNodePorts: false },
    config: { nodePortAddresses: ['192.168.0.0/16'] },
    facts: { interfaceAddresses: ['127.0.0.1', '192.168.77.2', '192.168.77.3'] },
    settings: { 'node ports': `open on 192.168.77.2, 192.168.77.3, not on localhost, ${config}` },
    differences: 1,
  },
  {
    name: 'node and zone of the Node object',
    slices: hinted,
    settings: { node: 'node-a in zone a, Node node-a' },
  },
  {
    name: 'a kube-proxy that started before its node had a zone',
    slices: hinted,
    written: { node: { name: 'node-a', zone: undefined } },
    settings: { node: 'node-a, without a zone, the rules; said node-a in zone a, Node node-a' },
  },
  {
    name: 'a node that is not known, and no rule depends on it',
    slices: two,
    facts: { nodeName: undefined, node: undefined },
    settings: { node: 'a node that is not known, without a zone, nobody says' },
  },
  {
    name: 'a node that is not known: its local endpoints tell',
    slices: two,
    spec: nodePort({ externalTrafficPolicy: 'Local' }),
    facts: { nodeName: undefined, node: undefined },
    settings: { node: 'node-a, without a zone, the rules' },
  },
  {
    name: 'a node that is not known: an endpoint is kept for it',
    slices: [
      {
        endpoints: [
          { ...there, nodes: ['node-a'] },
          { address: '10.244.1.6', node: 'node-b', is: 'RS', nodes: ['node-b'] },
        ],
      },
    ],
    facts: { nodeName: undefined, node: undefined },
    settings: { node: 'node-a, without a zone, the rules' },
  },
  {
    name: 'a zone that is not known: the hints that are followed tell',
    slices: hinted,
    facts: { node: undefined },
    settings: { node: 'node-a in zone a, the rules' },
  },
  {
    name: 'the release that was said',
    facts: { release: { first: 36, last: 36, from: 'v' } },
    settings: { release: '1.36, v' },
  },
  {
    name: 'a release of a range: the newest that fits',
    minor: 26,
    facts: { release: { first: 25, last: 27, from: 'guess' } },
    settings: { release: '1.26, guess' },
  },
  {
    name: 'a release nobody knows: the newest that fits',
    minor: 33,
    spec: {
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['10.0.0.0/8', '0.0.0.0/0'],
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.124' }] } },
    },
    facts: { release: { first: undefined, last: undefined, from: 'nothing tells' } },
    settings: { release: '1.33, nothing tells' },
  },
  {
    name: 'INVALID packets, by the sysctl',
    facts: { sysctls: new Map([['net.netfilter.nf_conntrack_tcp_be_liberal', '1']]) },
    written: { dropInvalid: false },
    settings: { conntrack: 'INVALID packets are dropped: no, the node’s sysctl' },
  },
  {
    name: 'INVALID packets are dropped, though the sysctl was set since',
    facts: { sysctls: new Map([['net.netfilter.nf_conntrack_tcp_be_liberal', '1']]) },
    settings: {
      conntrack: 'INVALID packets are dropped: yes, the rules; said INVALID packets are dropped: no, the node’s sysctl',
    },
  },
  {
    name: 'INVALID packets, by the rules',
    written: { dropInvalid: false },
    settings: { conntrack: 'INVALID packets are dropped: no, the rules' },
  },
  {
    name: 'an iptables that cannot masquerade by random ports',
    written: { randomFully: false },
    header: '# Generated by iptables-save v1.6.1 on Sat Nov 21 08:33:34 2026\n',
    settings: { 'random ports': 'masquerading takes random ports: no, the release of iptables' },
  },
  {
    name: 'kube-proxy could not count',
    written: { counters: false },
    settings: { 'nfacct counters': 'kube-proxy counts with nfacct: no, the rules' },
  },
  {
    name: 'the node’s address by its object',
    settings: { 'node address': '192.168.77.2, the Node object' },
  },
  {
    name: 'the node’s address by the ranges that let it in',
    facts: { node: undefined, interfaceAddresses: ['10.0.0.1', '192.168.77.2'] },
    spec: {
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['192.168.77.0/24'],
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.124' }] } },
    },
    settings: { 'node address': '192.168.77.2, the rules' },
  },
];

suite('settings', () => {
  for (const each of cases) {
    test(each.name, () => {
      const { written, minor = 36, spec, slices = two, header = '', facts = {}, differences = 0 } = each;
      const snapshot = snapshotOf(serviceObject(spec), slices);
      const cluster = { ports: servicePorts(snapshot), endpoints: endpointMap(snapshot) };
      const text = restoreText(expectRules(cluster.ports, cluster.endpoints, settingsFor(minor, written)));
      const compared = compareNode([rulesetOf({ family: 'IPv4', text: `${header}${text}` })], cluster, {
        release: { first: minor, last: minor, from: 'test' },
        config: each.config && { values: { ...unset, ...each.config }, from: config },
        nodeName: 'node-a',
        node: nodeA,
        interfaceAddresses: undefined,
        sysctls: new Map(),
        ...facts,
      });
      assert.equal(compared.differences.length, differences);
      const told = new Map(compared.settings.map((setting) => [setting.name, words(setting)]));
      assert.deepEqual(
        Object.fromEntries(Object.keys(each.settings).map((name) => [name, told.get(name)])),
        each.settings,
      );
    });
  }

  test('a fact of the node is one for both families, one of a family is each family’s own', () => {
    const snapshot = snapshotOf(serviceObject(), two);
    const cluster = { ports: servicePorts(snapshot), endpoints: endpointMap(snapshot) };
    const rulesets = (['IPv4', 'IPv6'] as const).map((family) => {
      const detector = { kind: 'cidr', prefix: family === 'IPv4' ? '10.244.0.0/16' : 'fd00:244::/32' } as const;
      const settings = settingsFor(36, {
        family,
        detector,
        localhostNodePorts: family === 'IPv4',
        nodeAddress: undefined,
      });
      return rulesetOf({ family, text: restoreText(expectRules(cluster.ports, cluster.endpoints, settings)) });
    });
    const { settings, differences } = compareNode(rulesets, cluster, {
      release: { first: 36, last: 36, from: 'test' },
      config: undefined,
      nodeName: 'node-a',
      node: undefined,
      interfaceAddresses: undefined,
      sysctls: new Map(),
    });
    assert.deepEqual(differences, []);
    assert.deepEqual(settings.map(({ name, family }) => (family === undefined ? name : `${name} ${family}`)).sort(), [
      'conntrack',
      'local detection IPv4',
      'local detection IPv6',
      'masquerade all',
      'masquerade bit',
      'nfacct counters',
      'node',
      'node address IPv4',
      'node address IPv6',
      'node ports IPv4',
      'node ports IPv6',
      'random ports',
      'release',
    ]);
  });
});

function words({ value, from, contradicts }: Setting): string {
  const said = contradicts === undefined ? '' : `; said ${contradicts.value}, ${contradicts.from}`;
  return `${value}, ${from}${said}`;
}
