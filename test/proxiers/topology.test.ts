// Which endpoints a node uses. Most rows are cases of kube-proxy-traps.md that were run against the real proxier; their
// numbers are given.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import { type Categorized, categorizeEndpoints, type TopologyRules } from '../../src/proxiers/topology.ts';
import { possibleTopologyRules } from '../../src/proxiers/topology-rules.ts';
import { type EndpointSpec, serviceObject, snapshotOf, solePort } from './objects.ts';

const local = { node: 'node-a' };
const remote = { node: 'node-b' };
const [a, b, c] = ['10.244.0.1', '10.244.1.2', '10.244.1.3'];
const nodePort = { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] };
const externalLocal = { ...nodePort, externalTrafficPolicy: 'Local' };
const internalLocal = { internalTrafficPolicy: 'Local' };

function rulesOf(minor: number): TopologyRules {
  const [rules, ...others] = possibleTopologyRules({ first: minor, last: minor, from: 'test' });
  assert.ok(rules);
  assert.equal(others.length, 0);
  return rules;
}

interface Case {
  readonly name: string;
  readonly spec?: object;
  readonly annotations?: object;
  readonly endpoints: readonly EndpointSpec[];
  readonly minor?: number;
  readonly zone?: string | undefined;
  readonly node?: string | undefined;
  /** `undefined`: the port has no use for that list. */
  readonly cluster?: readonly string[];
  readonly local?: readonly string[];
  readonly hasEndpoints?: boolean;
}

const readyHere = { address: a, ...local, is: 'RS' };
const readyThere = { address: b, ...remote, is: 'RS' };
const zones = (...names: string[]) => ({ zones: names });

const cases: readonly Case[] = [
  { name: 'ready endpoints', endpoints: [readyHere, readyThere], cluster: [a, b] },
  { name: 'no endpoints', endpoints: [], cluster: [], hasEndpoints: false },
  { name: 'conditions that are absent mean ready', endpoints: [{ address: a }], cluster: [a] },
  {
    name: 'not ready, not terminating',
    endpoints: [
      { address: a, is: 'S' },
      { address: b, is: '' },
    ],
    cluster: [],
    hasEndpoints: false,
  },
  {
    name: '6: all terminating: those that still serve',
    endpoints: [
      { address: a, ...local, is: 'ST' },
      { address: b, ...remote, is: 'T' },
    ],
    cluster: [a],
  },
  { name: '6 before 1.26: none', minor: 25, endpoints: [{ address: a, is: 'ST' }], cluster: [], hasEndpoints: false },
  { name: 'terminating beside a ready one: not used', endpoints: [{ address: a, is: 'ST' }, readyThere], cluster: [b] },
  {
    name: '7: a local one is terminating, a remote one ready: each list falls back by itself',
    spec: externalLocal,
    endpoints: [{ address: a, ...local, is: 'ST' }, readyThere],
    cluster: [b],
    local: [a],
  },
  {
    name: '8: a local one is not ready, a remote one is',
    spec: externalLocal,
    endpoints: [{ address: a, ...local, is: '' }, readyThere],
    cluster: [b],
    local: [],
  },
  {
    name: '9: internal Local, a local one terminating',
    spec: internalLocal,
    endpoints: [{ address: a, ...local, is: 'ST' }, readyThere],
    local: [a],
  },
  {
    name: '10: node port, internal Local, external Cluster: both lists',
    spec: { ...nodePort, ...internalLocal },
    endpoints: [readyHere, readyThere],
    cluster: [a, b],
    local: [a],
  },
  {
    name: '11: both policies Local, only a remote one',
    spec: { ...externalLocal, ...internalLocal },
    endpoints: [readyThere],
    cluster: [b],
    local: [],
  },
  { name: 'internal Local, only a remote one', spec: internalLocal, endpoints: [readyThere], local: [] },
  {
    name: '12: hints for the zone',
    endpoints: [
      { ...readyHere, ...zones('a') },
      { ...readyThere, ...zones('a') },
      { address: c, ...remote, is: 'RS', ...zones('b') },
    ],
    cluster: [a, b],
  },
  {
    name: '12: one ready endpoint without a hint: all',
    endpoints: [{ ...readyHere, ...zones('a') }, readyThere],
    cluster: [a, b],
  },
  {
    name: 'an endpoint that is not ready needs no hint',
    endpoints: [
      { ...readyHere, ...zones('a') },
      { ...readyThere, ...zones('b') },
      { address: c, is: '' },
    ],
    cluster: [a],
  },
  {
    name: 'no hint for this zone: all',
    endpoints: [
      { ...readyHere, ...zones('b') },
      { ...readyThere, ...zones('c') },
    ],
    cluster: [a, b],
  },
  {
    name: 'a node without a zone: all',
    zone: undefined,
    endpoints: [
      { ...readyHere, ...zones('a') },
      { ...readyThere, ...zones('b') },
    ],
    cluster: [a, b],
  },
  {
    name: '13: node hints',
    endpoints: [
      { ...readyHere, nodes: ['node-a'] },
      { ...readyThere, nodes: ['node-b'] },
    ],
    cluster: [a],
  },
  {
    name: '13 before 1.34: all',
    minor: 33,
    endpoints: [
      { ...readyHere, nodes: ['node-a'] },
      { ...readyThere, nodes: ['node-b'] },
    ],
    cluster: [a, b],
  },
  {
    name: 'node hints beat zone hints',
    endpoints: [
      { ...readyHere, nodes: ['node-a'], ...zones('b') },
      { ...readyThere, nodes: ['node-b'], ...zones('a') },
    ],
    cluster: [a],
  },
  {
    name: 'node hints for others only: zone hints count',
    endpoints: [
      { ...readyHere, nodes: ['node-c'], ...zones('b') },
      { ...readyThere, nodes: ['node-b'], ...zones('a') },
    ],
    cluster: [b],
  },
  {
    name: '14: hints do not touch the Local list',
    spec: externalLocal,
    endpoints: [
      { ...readyHere, ...zones('b') },
      { ...readyThere, ...zones('a') },
    ],
    cluster: [b],
    local: [a],
  },
  {
    name: 'hints do not touch the terminating fallback',
    endpoints: [
      { address: a, is: 'ST', ...zones('b') },
      { address: b, is: 'ST', ...zones('a') },
    ],
    cluster: [a, b],
  },
  {
    name: '16: publishNotReadyAddresses: ready though terminating',
    endpoints: [{ address: a, is: 'RT' }],
    cluster: [a],
  },
  {
    name: '17: an endpoint without a node is never local',
    spec: internalLocal,
    endpoints: [{ address: a, is: 'RS' }],
    local: [],
  },
  {
    name: 'nor is it where the node is not known',
    spec: internalLocal,
    node: undefined,
    endpoints: [{ address: a, is: 'RS' }],
    local: [],
  },
  {
    name: '34: another spelling of the node is another node',
    spec: internalLocal,
    node: 'NODE-A.example',
    endpoints: [readyHere],
    local: [],
  },
  {
    name: 'external Local without a way in from outside has no use for a Local list',
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false },
    endpoints: [readyHere],
    cluster: [a],
  },
  {
    name: 'external IPs are a way in from outside',
    spec: { externalIPs: ['203.0.113.1'], externalTrafficPolicy: 'Local' },
    endpoints: [readyHere, readyThere],
    cluster: [a, b],
    local: [a],
  },
];

function categorize({ spec, annotations, endpoints, minor = 36, ...rest }: Case): Categorized {
  const snapshot = snapshotOf(serviceObject(spec, { annotations }), [{ endpoints }]);
  const port = solePort(snapshot);
  const zone = 'zone' in rest ? rest.zone : 'a';
  const name = 'node' in rest ? rest.node : 'node-a';
  return categorizeEndpoints(endpointMap(snapshot).of(port), port, { name, zone }, rulesOf(minor));
}

suite('lists', () => {
  for (const each of cases) {
    test(each.name, () => {
      const { cluster, local: own, hasEndpoints } = categorize(each);
      assert.deepEqual(
        [cluster?.map(({ address }) => address), own?.map(({ address }) => address), hasEndpoints],
        [each.cluster, each.local, each.hasEndpoints ?? true],
      );
    });
  }
});

suite('hints by release and annotation', () => {
  const hinted = [
    { ...readyHere, ...zones('a') },
    { ...readyThere, ...zones('b') },
  ];
  const aware = 'service.kubernetes.io/topology-aware-hints';
  const mode = 'service.kubernetes.io/topology-mode';
  const rows: readonly (readonly [minor: number, annotations: object, follows: boolean])[] = [
    [23, { [aware]: 'Auto' }, false],
    [24, { [aware]: 'Auto' }, true],
    [24, { [aware]: 'auto' }, true],
    [24, { [aware]: 'AUTO' }, false],
    [26, { [mode]: 'Auto' }, false],
    [26, {}, false],
    [27, { [mode]: 'Auto' }, true],
    [27, { [mode]: 'PreferClose' }, true],
    [27, { [mode]: 'Disabled' }, false],
    [27, { [aware]: 'disabled', [mode]: 'Auto' }, false],
    [27, { [aware]: 'Auto', [mode]: 'Disabled' }, true],
    [30, { [mode]: '' }, false],
    [30, {}, false],
    [31, {}, true],
    [31, { [mode]: 'Disabled' }, true],
    [36, {}, true],
  ];
  for (const [minor, annotations, follows] of rows) {
    test(`1.${minor} ${JSON.stringify(annotations)}`, () => {
      const { cluster, hints } = categorize({ name: '', endpoints: hinted, minor, annotations });
      assert.deepEqual(
        cluster?.map(({ address }) => address),
        follows ? [a] : [a, b],
      );
      assert.equal(hints.kind === 'zone', follows);
    });
  }

  test('what became of the hints is told', () => {
    const told = (each: Omit<Case, 'name'>) => categorize({ name: '', ...each }).hints;
    assert.deepEqual(told({ endpoints: hinted }), { kind: 'zone', zone: 'a' });
    assert.deepEqual(told({ endpoints: [readyHere] }), { kind: 'none' });
    assert.deepEqual(told({ endpoints: [] }), { kind: 'none' });
    assert.deepEqual(told({ endpoints: [...hinted, { address: c, is: 'RS' }] }), {
      kind: 'ignored',
      because: 'some-without-hint',
    });
    assert.deepEqual(told({ endpoints: hinted, zone: 'z' }), { kind: 'ignored', because: 'none-for-this-node' });
    assert.deepEqual(told({ endpoints: hinted, zone: undefined }), { kind: 'ignored', because: 'no-zone' });
    assert.deepEqual(told({ endpoints: hinted, minor: 30 }), { kind: 'ignored', because: 'no-annotation' });
    assert.deepEqual(told({ endpoints: [{ ...readyHere, nodes: ['node-a'] }] }), { kind: 'node' });
  });
});

suite('internal Local before it had a chain of its own', () => {
  const rows: readonly (readonly [
    minor: number,
    spec: object,
    cluster: readonly string[] | undefined,
    local: readonly string[] | undefined,
  ])[] = [
    // To 1.21 the gate was off; 1.22 and 1.23 narrow the one chain, node ports and all, but not beside external Local.
    [21, internalLocal, [a, b], undefined],
    [23, internalLocal, [a], undefined],
    [23, { ...nodePort, ...internalLocal }, [a], undefined],
    [23, { ...externalLocal, ...internalLocal }, [a, b], [a]],
    [24, internalLocal, undefined, [a]],
    [24, { ...nodePort, ...internalLocal }, [a, b], [a]],
  ];
  for (const [minor, spec, cluster, own] of rows) {
    test(`1.${minor} ${JSON.stringify(spec)}`, () => {
      const lists = categorize({ name: '', endpoints: [readyHere, readyThere], minor, spec });
      assert.deepEqual(
        [lists.cluster, lists.local].map((list) => list?.map(({ address }) => address)),
        [cluster, own],
      );
    });
  }

  test('without a local endpoint 1.23 has none at all', () => {
    assert.equal(categorize({ name: '', endpoints: [readyThere], minor: 23, spec: internalLocal }).hasEndpoints, false);
  });
});

suite('a release that is not known for certain', () => {
  test('follows any of the rules it may follow, the newest first', () => {
    const kinds = (first: number | undefined, last: number | undefined) =>
      possibleTopologyRules({ first, last, from: '' }).map(
        ({ zoneHints, nodeHints }) => `${zoneHints}${nodeHints ? '+nodes' : ''}`,
      );
    assert.deepEqual(kinds(31, undefined), ['always+nodes', 'always']);
    assert.deepEqual(kinds(25, 30), ['with-annotation', 'with-first-annotation', 'with-first-annotation']);
    assert.deepEqual(kinds(undefined, 23), ['never', 'never']);
    assert.equal(kinds(undefined, undefined).length, 7);
    for (let minor = 18; minor < 40; minor++) assert.equal(kinds(minor, minor).length, 1, `1.${minor}`);
  });
});
