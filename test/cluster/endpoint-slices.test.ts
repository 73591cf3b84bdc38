import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { EndpointSlice, SliceEndpoint } from '../../src/cluster/snapshot.ts';

function read(fields: object): EndpointSlice & { readonly reasons: readonly string[] } {
  const { endpointSlices, skipped } = snapshotFromObjects([
    { kind: 'EndpointSlice', metadata: { name: 'web-1', namespace: 'shop' }, addressType: 'IPv4', ...fields },
  ]);
  const [slice] = endpointSlices;
  assert.ok(slice);
  return { ...slice, reasons: skipped.map(({ reason }) => reason) };
}

function readEndpoint(endpoint: unknown, fields: object = {}): SliceEndpoint {
  const [read_] = read({ ...fields, endpoints: [endpoint] }).endpoints;
  return read_ ?? assert.fail();
}

const defaults: SliceEndpoint = {
  addresses: [],
  ready: true,
  serving: true,
  terminating: false,
  nodeName: undefined,
  zone: undefined,
  zoneHints: [],
  nodeHints: [],
  pod: undefined,
};

test('an endpoint of which nothing is known is ready, serving and not terminating', () => {
  const nothing = [undefined, null, {}, { conditions: null }, { conditions: { ready: null, serving: null } }, 'x'];
  for (const endpoint of nothing) assert.deepEqual(readEndpoint(endpoint), defaults);
  const wrong = { addresses: '10.0.0.1', conditions: { ready: 'False' }, nodeName: 7, hints: [], targetRef: 'x' };
  assert.deepEqual(readEndpoint(wrong), defaults);
});

test('a slice of which nothing is known is of no Service', () => {
  for (const empty of [{}, { ports: null, endpoints: null }, { ports: 'x', endpoints: {} }]) {
    const { service, managedBy, ports, endpoints, reasons } = read(empty);
    assert.deepEqual([service, managedBy, ports, endpoints, reasons], [undefined, undefined, [], [], []]);
  }
  const labels = { 'kubernetes.io/service-name': '', 'endpointslice.kubernetes.io/managed-by': 'x' };
  const { service, managedBy } = read({ metadata: { name: 'web-1', labels } });
  assert.deepEqual([service, managedBy], [undefined, 'x']);
});

test('conditions', () => {
  for (const ready of [true, false]) {
    for (const serving of [true, false]) {
      for (const terminating of [true, false]) {
        const endpoint = readEndpoint({ conditions: { ready, serving, terminating } });
        assert.deepEqual(endpoint, { ...defaults, ready, serving, terminating });
      }
    }
  }
  // discovery/v1: nil serving is true, also where ready is false.
  assert.equal(readEndpoint({ conditions: { ready: false } }).serving, true);
});

test('where an endpoint is', () => {
  const endpoint = readEndpoint({
    nodeName: 'node-a',
    zone: 'z1',
    hints: { forZones: [{ name: 'z1' }, {}, { name: 'z2' }], forNodes: [{ name: 'node-a' }] },
    targetRef: { kind: 'Pod', name: 'web-0', uid: 'u' },
  });
  assert.deepEqual(endpoint, {
    ...defaults,
    nodeName: 'node-a',
    zone: 'z1',
    zoneHints: ['z1', 'z2'],
    nodeHints: ['node-a'],
    pod: { namespace: 'shop', name: 'web-0', uid: 'u' },
  });
  const elsewhere = readEndpoint({ targetRef: { kind: 'Pod', name: 'web-0', namespace: 'other' } });
  assert.deepEqual(elsewhere.pod, { namespace: 'other', name: 'web-0', uid: undefined });
  assert.equal(readEndpoint({ targetRef: { kind: 'Node', name: 'node-a' } }).pod, undefined);
});

test('v1beta1 says where in its topology', () => {
  const topology = { 'kubernetes.io/hostname': 'node-a', 'topology.kubernetes.io/zone': 'z1' };
  const fields = { apiVersion: 'discovery.k8s.io/v1beta1' };
  assert.deepEqual(readEndpoint({ topology }, fields), { ...defaults, nodeName: 'node-a', zone: 'z1' });
  assert.equal(readEndpoint({ topology, nodeName: 'node-b' }, fields).nodeName, 'node-b');
});

test('addresses are of the slice’s type; nothing takes the place of the first', () => {
  const addresses = (...texts: unknown[]) => {
    const slice = read({ endpoints: [{ addresses: texts }] });
    return [slice.endpoints[0]?.addresses, slice.reasons];
  };
  assert.deepEqual(addresses('010.0.0.1', '10.0.0.2'), [['10.0.0.1', '10.0.0.2'], []]);
  assert.deepEqual(addresses('10.0.0.1', 'x', '10.0.0.3'), [
    ['10.0.0.1', '10.0.0.3'],
    ['endpoints[0].addresses[1]: "x" is no IPv4 address'],
  ]);
  assert.deepEqual(addresses('fd00::1', '10.0.0.2'), [[], ['endpoints[0].addresses[0]: "fd00::1" is no IPv4 address']]);
  const v6 = read({ addressType: 'IPv6', endpoints: [{ addresses: ['FD00:0::1'] }] });
  assert.deepEqual(v6.endpoints[0]?.addresses, ['fd00::1']);
  const names = read({ addressType: 'FQDN', endpoints: [{ addresses: ['a.example'] }] });
  assert.deepEqual(names.endpoints[0]?.addresses, ['a.example']);
});

test('ports: null is not empty', () => {
  const slice = read({
    ports: [
      {},
      { name: null, port: null, protocol: null },
      { name: '', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'zero', port: 0 },
      { name: 'icmp', port: 1, protocol: 'ICMP' },
    ],
  });
  assert.deepEqual(slice.ports, [
    { name: undefined, protocol: 'TCP', port: undefined },
    { name: undefined, protocol: 'TCP', port: undefined },
    { name: '', protocol: 'TCP', port: 80 },
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'zero', protocol: 'TCP', port: undefined },
  ]);
  assert.deepEqual(slice.reasons, ['ports[5].protocol: "ICMP" is none of TCP, UDP, SCTP']);
});

test('an address that is not canonical is kept as it is written, too', () => {
  const six = (address: string) => readEndpoint({ addresses: [address] }, { addressType: 'IPv6' });
  assert.deepEqual([six('FD00:0::1').addresses, six('FD00:0::1').written], [['fd00::1'], 'FD00:0::1']);
  assert.equal('written' in six('fd00::1'), false);
  assert.equal('written' in readEndpoint({ addresses: ['no address'] }), false);
});
