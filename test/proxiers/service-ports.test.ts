import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { endpointMap } from '../../src/proxiers/endpoints.ts';
import {
  externallyAccessible,
  servicePortKey,
  servicePortNameString,
  servicePorts,
  usesClusterEndpoints,
  usesLocalEndpoints,
  whyUnserved,
} from '../../src/proxiers/service-ports.ts';
import { type SliceSpec, serviceObject, snapshotOf, solePort } from './objects.ts';

const ports = (spec: object, metadata?: object) => servicePorts(snapshotOf(serviceObject(spec, metadata)));

suite('which Services have rules', () => {
  const rows: readonly (readonly [name: string, spec: object, metadata: object, why: string | undefined])[] = [
    ['an ordinary one', {}, {}, undefined],
    ['headless', { clusterIP: 'None', clusterIPs: ['None'] }, {}, 'headless'],
    [
      'ExternalName',
      { type: 'ExternalName', externalName: 'example.com', clusterIP: '', clusterIPs: [] },
      {},
      'external-name',
    ],
    [
      '33: ExternalName with a cluster IP left in it',
      { type: 'ExternalName', externalName: 'example.com' },
      {},
      'external-name',
    ],
    ['33: another proxy’s', {}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }, 'service-proxy-name'],
    [
      'another proxy’s, without a name',
      {},
      { labels: { 'service.kubernetes.io/service-proxy-name': '' } },
      'service-proxy-name',
    ],
    ['without a cluster IP', { clusterIP: '', clusterIPs: [] }, {}, 'no-cluster-ip'],
  ];
  for (const [name, spec, metadata, why] of rows) {
    test(name, () => {
      const snapshot = snapshotOf(serviceObject(spec, metadata));
      const [service] = snapshot.services;
      assert.equal(service && whyUnserved(service), why);
      assert.equal(servicePorts(snapshot).length, why === undefined ? 1 : 0);
    });
  }
});

suite('ways in', () => {
  test('24: external IPs of another family have no rules, two of a kind stay two', () => {
    const [port] = ports({ externalIPs: ['fd00:1::1', '203.0.113.25', '203.0.113.25'] });
    assert.deepEqual(port?.externalIPs, ['203.0.113.25', '203.0.113.25']);
    assert.equal(port?.family, 'IPv4');
  });

  test('a Service of two families is two service ports, each with its own addresses', () => {
    const dual = ports({
      type: 'LoadBalancer',
      clusterIP: '10.96.0.5',
      clusterIPs: ['10.96.0.5', 'FD00:96::0005'],
      ipFamilies: ['IPv4', 'IPv6'],
      externalIPs: ['203.0.113.1', '2001:DB8:0::1'],
      loadBalancerSourceRanges: [' 10.1.2.3/8 ', '2001:DB8::/32'],
      status: {
        loadBalancer: { ingress: [{ ip: '198.51.100.1' }, { hostname: 'lb.example.com' }, { ip: '2001:db8::2' }] },
      },
    });
    assert.deepEqual(
      dual.map(({ family, clusterIP, externalIPs, loadBalancerIPs, sourceRanges }) => [
        family,
        clusterIP,
        externalIPs,
        loadBalancerIPs,
        sourceRanges,
      ]),
      [
        ['IPv4', '10.96.0.5', ['203.0.113.1'], ['198.51.100.1'], ['10.0.0.0/8']],
        ['IPv6', 'fd00:96::5', ['2001:db8::1'], ['2001:db8::2'], ['2001:db8::/32']],
      ],
    );
  });

  test('25: a load balancer IP of mode Proxy is kept apart', () => {
    const [port] = ports({
      type: 'LoadBalancer',
      status: {
        loadBalancer: {
          ingress: [
            { ip: '198.51.100.1', ipMode: 'Proxy' },
            { ip: '198.51.100.2', ipMode: 'VIP' },
          ],
        },
      },
    });
    assert.deepEqual([port?.loadBalancerIPs, port?.proxyModeIPs], [['198.51.100.2'], ['198.51.100.1']]);
  });

  test('19: source ranges of the other family only: everybody may', () => {
    const [port] = ports({ type: 'LoadBalancer', loadBalancerSourceRanges: ['fd00::/8'] });
    assert.ok(port);
    assert.deepEqual(port.sourceRanges, []);
  });

  test('23: one number for TCP and UDP is two service ports', () => {
    const both = ports({
      type: 'NodePort',
      ports: [
        { name: 't', port: 53, protocol: 'TCP', nodePort: 30120 },
        { name: 'u', port: 53, protocol: 'UDP', nodePort: 30120 },
      ],
    });
    assert.deepEqual(
      both.map(({ name, nodePort }) => [servicePortKey(name), nodePort]),
      [
        ['shop/s:t/TCP', 30120],
        ['shop/s:u/UDP', 30120],
      ],
    );
  });

  test('5: an unnamed port has no colon', () => {
    const [port] = ports({ ports: [{ port: 80, protocol: 'TCP' }] });
    assert.equal(port && servicePortNameString(port.name), 'shop/s');
  });
});

suite('policies', () => {
  const local = { externalTrafficPolicy: 'Local' };
  const rows: readonly (readonly [name: string, spec: object, external: boolean, cluster: boolean, own: boolean])[] = [
    ['cluster IP', {}, false, true, false],
    ['internal Local', { internalTrafficPolicy: 'Local' }, false, false, true],
    ['46: external Local on a plain cluster IP is nothing', local, false, true, false],
    ['46: with external IPs it counts', { ...local, externalIPs: ['203.0.113.1'] }, true, true, true],
    [
      'node port, both Local',
      { ...local, internalTrafficPolicy: 'Local', type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] },
      true,
      true,
      true,
    ],
    [
      'node port, internal Local',
      { internalTrafficPolicy: 'Local', type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] },
      true,
      true,
      true,
    ],
    ['a load balancer without address and node port', { ...local, type: 'LoadBalancer' }, false, true, false],
  ];
  for (const [name, spec, external, cluster, own] of rows) {
    test(name, () => {
      const [port] = ports(spec);
      assert.ok(port);
      assert.deepEqual(
        [externallyAccessible(port), usesClusterEndpoints(port), usesLocalEndpoints(port)],
        [external, cluster, own],
      );
    });
  }

  test('a health check port is a load balancer’s, under external Local', () => {
    const port = (spec: object) =>
      ports({ type: 'LoadBalancer', healthCheckNodePort: 32101, ...spec })[0]?.healthCheckNodePort;
    assert.equal(port(local), 32101);
    assert.equal(port({}), undefined);
    assert.equal(port({ ...local, type: 'NodePort' }), undefined);
  });
});

suite('endpoints of a service port', () => {
  const of = (slices: readonly SliceSpec[], spec: object = {}) => {
    const snapshot = snapshotOf(serviceObject(spec), slices);
    return endpointMap(snapshot).of(solePort(snapshot));
  };
  const ids = (slices: readonly SliceSpec[], spec?: object) => of(slices, spec).map(({ id }) => id);
  const one = [{ address: '10.244.0.9' }];

  test('1: the order is that of the strings, whatever slice and port they came with', () => {
    const first = {
      endpoints: ['10.244.0.9', '10.244.0.10', '10.244.0.100'].map((address) => ({ address })),
      ports: [{ name: 'http', port: 80 }],
    };
    const second = { endpoints: [{ address: '10.244.0.10' }], ports: [{ name: 'http', port: 8080 }] };
    const sorted = ['10.244.0.100:80', '10.244.0.10:80', '10.244.0.10:8080', '10.244.0.9:80'];
    assert.deepEqual(ids([first, second]), sorted);
    assert.deepEqual(ids([second, first]), sorted);
  });

  test('26: IPv6 in canonical form, in brackets', () => {
    const slice: SliceSpec = {
      family: 'IPv6',
      endpoints: [{ address: 'FD00:244:0::D' }, { address: 'fd00:244:1::d' }],
    };
    assert.deepEqual(ids([slice], { clusterIP: 'fd00::5', clusterIPs: ['fd00::5'] }), [
      '[fd00:244:1::d]:8080',
      '[fd00:244::d]:8080',
    ]);
  });

  test('3, 4, 34: the port’s name and protocol join, never its number', () => {
    assert.deepEqual(ids([{ endpoints: one, ports: [{ name: 'web', port: 80 }] }]), []);
    assert.deepEqual(ids([{ endpoints: one, ports: [{ name: 'http', port: 80, protocol: 'UDP' }] }]), []);
    assert.deepEqual(ids([{ endpoints: one, ports: [{ name: 'http', port: 9999 }] }]), ['10.244.0.9:9999']);
    assert.deepEqual(ids([{ endpoints: one, ports: [{ name: 'http' }] }]), []);
    assert.deepEqual(ids([{ endpoints: one, ports: [{ name: '', port: 80 }] }], { ports: [{ port: 80 }] }), [
      '10.244.0.9:80',
    ]);
    assert.deepEqual(ids([{ endpoints: one, ports: [{ port: 80 }] }], { ports: [{ port: 80 }] }), []);
  });

  test('33: slices for headless Services, of other families, of no Service or another one do not count', () => {
    const labels = { 'kubernetes.io/service-name': 's' };
    assert.deepEqual(ids([{ endpoints: one, labels: { ...labels, 'service.kubernetes.io/headless': '' } }]), []);
    assert.deepEqual(ids([{ endpoints: one, labels: {} }]), []);
    assert.deepEqual(ids([{ endpoints: one, labels: { 'kubernetes.io/service-name': 'other' } }]), []);
    assert.deepEqual(ids([{ endpoints: [{ address: 'fd00::1' }], family: 'IPv6' }]), []);
    assert.deepEqual(ids([{ endpoints: one, labels: { ...labels, 'endpointslice.kubernetes.io/managed-by': 'me' } }]), [
      '10.244.0.9:8080',
    ]);
  });

  test('15: of two slices with one address, the one that is not terminating counts, in either order', () => {
    const ready = { endpoints: [{ address: '10.244.0.9', is: 'RS' }] };
    const terminating = { endpoints: [{ address: '10.244.0.9', is: 'ST' }] };
    for (const slices of [
      [ready, terminating],
      [terminating, ready],
    ]) {
      const [endpoint, ...others] = of(slices);
      assert.deepEqual([endpoint?.ready, endpoint?.terminating, others], [true, false, []]);
    }
  });

  test('only the first address of an endpoint is used', () => {
    const snapshot = snapshotOf(serviceObject(), [{ endpoints: one }]);
    const [slice] = snapshot.endpointSlices;
    const [endpoint] = slice?.endpoints ?? [];
    assert.ok(slice && endpoint);
    const two = { ...endpoint, addresses: ['10.244.0.9', '10.244.0.10'] };
    const changed = { ...snapshot, endpointSlices: [{ ...slice, endpoints: [two, { ...endpoint, addresses: [] }] }] };
    assert.deepEqual(
      endpointMap(changed)
        .of(solePort(snapshot))
        .map(({ id }) => id),
      ['10.244.0.9:8080'],
    );
  });
});
