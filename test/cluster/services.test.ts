import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { Service } from '../../src/cluster/snapshot.ts';

function read(spec: unknown, rest: object = {}): Service & { readonly reasons: readonly string[] } {
  const metadata = { name: 'web', namespace: 'shop' };
  const { services, skipped } = snapshotFromObjects([{ apiVersion: 'v1', kind: 'Service', metadata, spec, ...rest }]);
  const [service] = services;
  assert.ok(service);
  assert.ok(skipped.every(({ object }) => object === 'Service shop/web'));
  return { ...service, reasons: skipped.map(({ reason }) => reason) };
}

const defaults: Service = {
  namespace: 'shop',
  name: 'web',
  uid: undefined,
  resourceVersion: undefined,
  created: undefined,
  deleted: undefined,
  labels: {},
  annotations: {},
  type: 'ClusterIP',
  headless: false,
  clusterIPs: [],
  externalName: undefined,
  selector: undefined,
  ports: [],
  externalIPs: [],
  loadBalancerIngress: [],
  loadBalancerSourceRanges: [],
  affinitySeconds: undefined,
  externalTrafficPolicy: 'Cluster',
  internalTrafficPolicy: 'Cluster',
  healthCheckNodePort: undefined,
  publishNotReadyAddresses: false,
};

test('a Service of which nothing is known but its name has the defaults of the API', () => {
  const wrong = { type: 7, clusterIP: {}, ports: 'x', selector: [], externalIPs: null, sessionAffinity: true };
  for (const spec of [undefined, null, {}, [], 'x', wrong]) {
    assert.deepEqual(read(spec), { ...defaults, reasons: [] });
  }
  const [service] = snapshotFromObjects([{ kind: 'Service', metadata: { name: 'web' } }]).services;
  assert.deepEqual(service, { ...defaults, namespace: 'default' });
});

test('metadata', () => {
  const service = read(undefined, {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2026-01-02T03:04:05Z',
      deletionTimestamp: '2026-01-02T03:05:05Z',
      labels: { app: 'web', bad: 7, none: null },
      annotations: JSON.parse('{"__proto__":"x","a":""}'),
    },
  });
  assert.deepEqual(
    [service.uid, service.resourceVersion, service.created, service.deleted],
    ['u', '7', '2026-01-02T03:04:05Z', '2026-01-02T03:05:05Z'],
  );
  assert.deepEqual(service.labels, { app: 'web' });
  assert.deepEqual(Object.entries(service.annotations), [
    ['__proto__', 'x'],
    ['a', ''],
  ]);
});

const clusterIPs: readonly (readonly [string, object, readonly string[]])[] = [
  ['one family', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'], ipFamilies: ['IPv4'] }, ['10.96.0.1']],
  [
    'two families',
    { clusterIP: 'FD00::A', clusterIPs: ['FD00::A', '10.96.0.1'], ipFamilies: ['IPv6', 'IPv4'] },
    ['fd00::a', '10.96.0.1'],
  ],
  ['older than 1.20', { clusterIP: '10.96.0.1' }, ['10.96.0.1']],
  ['without families only the one', { clusterIP: 'fd00::1', clusterIPs: ['fd00::1', '10.96.0.1'] }, ['fd00::1']],
  ['written by hand', { clusterIPs: ['10.96.0.1'] }, ['10.96.0.1']],
  ['written by hand, with families', { clusterIP: '10.96.0.1', ipFamilies: ['IPv4', 'IPv6'] }, ['10.96.0.1']],
  ['not given yet', { clusterIP: '', clusterIPs: [''], ipFamilies: ['IPv4'] }, []],
  ['headless', { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] }, []],
  ['ExternalName', { type: 'ExternalName', clusterIP: '10.96.0.1', externalName: 'a.example' }, []],
  ['more families than cluster IPs', { clusterIPs: ['10.96.0.1'], ipFamilies: ['IPv4', 'IPv6'] }, ['10.96.0.1']],
  ['a family twice', { clusterIPs: ['10.96.0.1', '10.96.0.2'], ipFamilies: ['IPv4', 'IPv4'] }, ['10.96.0.1']],
];

test('cluster IPs stand at the places of their families', () => {
  for (const [what, spec, expected] of clusterIPs) {
    const { clusterIPs, reasons } = read(spec);
    assert.deepEqual([clusterIPs, reasons], [expected, []], what);
  }
  assert.equal(read({ clusterIP: 'None' }).headless, true);
  assert.equal(read({ clusterIPs: ['None'] }).headless, true);
  assert.equal(read({ clusterIP: '10.96.0.1' }).headless, false);
});

test('a cluster IP of the wrong family is left out, and said', () => {
  const service = read({ clusterIPs: ['fd00::1'], ipFamilies: ['IPv4'] });
  assert.deepEqual(service.clusterIPs, []);
  assert.deepEqual(service.reasons, ['spec.clusterIPs[0]: "fd00::1" is no IPv4 address']);
});

test('ports', () => {
  const service = read({
    ports: [
      { port: 80 },
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns-udp', nodePort: 0 },
      { name: 'np', protocol: 'SCTP', port: 9, targetPort: 0, nodePort: 30009 },
      { port: 81, targetPort: 8081, nodePort: 65536 },
      { name: 'icmp', protocol: 'ICMP', port: 1 },
      { name: 'zero', port: 0 },
      { name: 'text', port: '80' },
      null,
    ],
  });
  assert.deepEqual(service.ports, [
    { name: '', protocol: 'TCP', port: 80, targetPort: undefined, nodePort: undefined },
    { name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns-udp', nodePort: undefined },
    { name: 'np', protocol: 'SCTP', port: 9, targetPort: undefined, nodePort: 30009 },
    { name: '', protocol: 'TCP', port: 81, targetPort: 8081, nodePort: undefined },
  ]);
  assert.deepEqual(service.reasons, [
    'spec.ports[4].protocol: "ICMP" is none of TCP, UDP, SCTP',
    'spec.ports[5]: has no port number from 1 to 65535',
    'spec.ports[6]: has no port number from 1 to 65535',
    'spec.ports[7]: has no port number from 1 to 65535',
  ]);
});

test('addresses from outside', () => {
  const service = read(
    {
      externalIPs: ['203.0.113.010', '2001:DB8::0', 'web', '', 7],
      loadBalancerSourceRanges: [' 10.0.0.1/8 ', 'fd00::1/64\n', '10.0.0.1', '10.0.0.0/255.0.0.0', '10.0.0.0/33', ''],
    },
    {
      status: {
        loadBalancer: {
          ingress: [
            { ip: '198.51.100.1' },
            { ip: '198.51.100.2', ipMode: 'Proxy', hostname: 'lb.example' },
            { ip: '198.51.100.3', ipMode: 'VIP' },
            { ip: '198.51.100.4', ipMode: 'Later' },
            { ip: '198.51.100.5', ipMode: null },
            { hostname: 'lb.example' },
            { ip: 'lb.example' },
            {},
          ],
        },
      },
    },
  );
  assert.deepEqual(service.externalIPs, ['203.0.113.10', '2001:db8::']);
  assert.deepEqual(service.loadBalancerSourceRanges, ['10.0.0.0/8', 'fd00::/64']);
  assert.deepEqual(service.loadBalancerIngress, [
    { ip: '198.51.100.1', hostname: undefined, ipMode: 'VIP' },
    { ip: '198.51.100.2', hostname: 'lb.example', ipMode: 'Proxy' },
    { ip: '198.51.100.3', hostname: undefined, ipMode: 'VIP' },
    { ip: '198.51.100.4', hostname: undefined, ipMode: 'Proxy' },
    { ip: '198.51.100.5', hostname: undefined, ipMode: 'VIP' },
    { ip: undefined, hostname: 'lb.example', ipMode: 'VIP' },
  ]);
  assert.deepEqual(service.reasons, [
    'spec.externalIPs[2]: "web" is no IP address',
    'spec.loadBalancerSourceRanges[2]: "10.0.0.1" is no CIDR',
    'spec.loadBalancerSourceRanges[3]: "10.0.0.0/255.0.0.0" is no CIDR',
    'spec.loadBalancerSourceRanges[4]: "10.0.0.0/33" is no CIDR',
    'status.loadBalancer.ingress[6].ip: "lb.example" is no IP address',
  ]);
});

test('affinity is three hours unless the API says otherwise', () => {
  const affinity = (timeoutSeconds: unknown) =>
    read({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }).affinitySeconds;
  assert.equal(affinity(60), 60);
  assert.equal(affinity(86400), 86400);
  for (const wrong of [undefined, null, 0, 86401, '60', 1.5]) assert.equal(affinity(wrong), 10800);
  assert.equal(read({ sessionAffinity: 'ClientIP' }).affinitySeconds, 10800);
  const none = { sessionAffinity: 'None', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } };
  assert.equal(read(none).affinitySeconds, undefined);
});

test('policies and the rest', () => {
  const service = read({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    healthCheckNodePort: 31000,
    publishNotReadyAddresses: true,
  });
  assert.deepEqual(
    [service.type, service.externalTrafficPolicy, service.internalTrafficPolicy, service.healthCheckNodePort],
    ['LoadBalancer', 'Local', 'Local', 31000],
  );
  assert.equal(service.publishNotReadyAddresses, true);
  assert.equal(read({ externalTrafficPolicy: 'local' }).externalTrafficPolicy, 'Cluster');
  assert.equal(read({ healthCheckNodePort: 0 }).healthCheckNodePort, undefined);
  assert.equal(read({ type: 'ExternalName', externalName: 'a.example' }).externalName, 'a.example');
});

test('a selector is whole or not at all', () => {
  assert.deepEqual(read({ selector: { app: 'web', tier: '' } }).selector, { app: 'web', tier: '' });
  assert.equal(read({ selector: {} }).selector, undefined);
  const broken = read({ selector: { app: 'web', tier: 7 } });
  assert.equal(broken.selector, undefined);
  assert.deepEqual(broken.reasons, ['spec.selector: a value is no string']);
});
