import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';

function read(fields: object) {
  const { nodes, skipped } = snapshotFromObjects([{ kind: 'Node', metadata: { name: 'node-a' }, ...fields }]);
  const { addresses, podCIDRs, zone, kubeletVersion, kubeProxyVersion } = nodes[0] ?? assert.fail();
  return { addresses, podCIDRs, zone, kubeletVersion, kubeProxyVersion, reasons: skipped.map(({ reason }) => reason) };
}

const nothing = {
  addresses: [],
  podCIDRs: [],
  zone: undefined,
  kubeletVersion: undefined,
  kubeProxyVersion: undefined,
  reasons: [],
};

test('a node of which nothing is known', () => {
  const wrong = { spec: { podCIDRs: 7 }, status: { addresses: {}, nodeInfo: [] } };
  for (const fields of [{}, { spec: null, status: null }, wrong]) assert.deepEqual(read(fields), nothing);
  const nodeInfo = { kubeletVersion: 'v1.36.0', kubeProxyVersion: '' };
  assert.deepEqual(read({ status: { nodeInfo } }), { ...nothing, kubeletVersion: 'v1.36.0' });
});

test('a node has no namespace, even where the object says so', () => {
  const [node] = snapshotFromObjects([{ kind: 'Node', metadata: { name: 'node-a', namespace: 'x' } }]).nodes;
  assert.equal(node?.namespace, '');
});

test('addresses and prefixes are canonical, names are as they are', () => {
  const addresses = [
    { type: 'InternalIP', address: 'FD00:0::1' },
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'Hostname', address: 'Node-A' },
    { address: '10.0.0.2' },
    { type: 'InternalIP' },
    null,
  ];
  const { addresses: read_, ...rest } = read({
    metadata: { name: 'node-a', labels: { 'topology.kubernetes.io/zone': 'z1' } },
    spec: { podCIDR: '10.244.9.0/24', podCIDRs: ['10.244.1.7/24', 'FD00::/64', 'x', ''] },
    status: { addresses, nodeInfo: { kubeletVersion: 'v1.36.0', kubeProxyVersion: 'v1.35.1' } },
  });
  assert.deepEqual(read_, [
    { type: 'InternalIP', address: 'fd00::1' },
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'Hostname', address: 'Node-A' },
    { type: '', address: '10.0.0.2' },
  ]);
  assert.deepEqual(rest, {
    podCIDRs: ['10.244.1.0/24', 'fd00::/64'],
    zone: 'z1',
    kubeletVersion: 'v1.36.0',
    kubeProxyVersion: 'v1.35.1',
    reasons: ['spec.podCIDRs: "x" is no CIDR'],
  });
  assert.deepEqual(read({ spec: { podCIDR: '10.244.9.0/24' } }).podCIDRs, ['10.244.9.0/24']);
});
