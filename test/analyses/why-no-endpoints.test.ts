// Why a service port has no endpoint: the first cause that holds, and the object to mend.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewNode } from '../../src/analyses/node-view.ts';
import { whyNoEndpoints } from '../../src/analyses/why-no-endpoints.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { captureOf, dumpAt } from '../proxiers/recordings.ts';

interface Spec {
  readonly service?: object;
  readonly slices?: readonly object[];
  readonly pods?: readonly object[];
}

const port = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 };
const slicePort = { name: 'http', port: 8080, protocol: 'TCP' };
const ready = { ready: true, serving: true, terminating: false };

function slice(of: object, name = 'web-1'): object {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: ready }],
    ports: [slicePort],
    ...of,
  };
}

function pod(name: string, labels: object, of: object = {}, namespace = 'shop'): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace, labels },
    spec: { containers: [] },
    status: {},
    ...of,
  };
}

const condition = (type: string, status: string, reason?: string, message?: string) => ({
  type,
  status,
  reason,
  message,
});

function why({ service = {}, slices = [], pods = [] }: Spec) {
  const objects = [
    {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.96.0.9',
        clusterIPs: ['10.96.0.9'],
        ports: [port],
        selector: { app: 'web' },
        ...service,
      },
    },
    ...slices,
    ...pods,
  ];
  const snapshot = snapshotFromObjects([{ kind: 'List', items: objects }]);
  const view = viewNode(captureOf([dumpAt('1.36-iptables/iptables-save.txt')]), snapshot, {
    nodeName: 'node-a',
    kubeProxyVersion: 'v1.36.0',
    config: undefined,
    imageVersion: undefined,
  });
  const [first] = view.cluster?.ports ?? [];
  assert.ok(first && view.cluster);
  return whyNoEndpoints(first, view.cluster);
}

const causes: readonly (readonly [what: string, spec: Spec, code: string, because: RegExp])[] = [
  [
    'addresses of the other family only',
    { slices: [slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'], conditions: ready }] })] },
    'KPR109',
    /^its EndpointSlices hold IPv6 addresses only, none of IPv4$/,
  ],
  [
    'another port name',
    { slices: [slice({ ports: [{ ...slicePort, name: 'web' }] })] },
    'KPR110',
    /offer port "web"\/TCP, it asks for "http"\/TCP; they join by name and protocol$/,
  ],
  [
    'another protocol',
    { slices: [slice({ ports: [{ ...slicePort, protocol: 'UDP' }] })] },
    'KPR110',
    /offer port "http"\/UDP, it asks for "http"\/TCP/,
  ],
  [
    'a name on the slice only',
    { service: { ports: [{ port: 80, protocol: 'TCP' }] }, slices: [slice({})] },
    'KPR110',
    /offer port "http"\/TCP, it asks for ""\/TCP/,
  ],
  ['no port in the slice', { slices: [slice({ ports: [] })] }, 'KPR110', /list addresses and no port at all/],
  [
    'a named target port that the pods lack',
    {
      service: { ports: [{ ...port, targetPort: 'http' }] },
      slices: [slice({ ports: [{ name: 'http', protocol: 'TCP', port: null }] })],
      pods: [
        pod(
          'web-1',
          { app: 'web' },
          { spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 8080 }] }] } },
        ),
      ],
    },
    'KPR111',
    /^targetPort "http" is the name of no container port of its pods: they have "web"$/,
  ],
  [
    'a named target port, and pods without ports',
    {
      service: { ports: [{ ...port, targetPort: 'http' }] },
      slices: [slice({ ports: [] })],
      pods: [pod('web-1', { app: 'web' })],
    },
    'KPR111',
    /is the name of no container port of its pods$/,
  ],
  [
    'its only endpoint is not ready',
    { slices: [slice({ endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }] })] },
    'KPR112',
    /^its only endpoint is not ready \(10\.0\.0\.1:8080\)$/,
  ],
  [
    'none of several is ready, and why',
    {
      slices: [
        slice({
          endpoints: ['10.0.0.1', '10.0.0.2'].map((address, at) => ({
            addresses: [address],
            conditions: { ready: false, serving: false },
            targetRef: { kind: 'Pod', namespace: 'shop', name: `web-${at}` },
          })),
        }),
      ],
      pods: [0, 1].map((at) =>
        pod(
          `web-${at}`,
          { app: 'web' },
          {
            status: {
              podIPs: [{ ip: `10.0.0.${at + 1}` }],
              conditions: [condition('Ready', 'False', 'ContainersNotReady', 'containers with unready status: [c]')],
              containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
            },
          },
        ),
      ),
    },
    'KPR112',
    /^none of 2 endpoints is ready \(10\.0\.0\.1:8080 and 10\.0\.0\.2:8080\): web-0: ContainersNotReady.*CrashLoopBackOff/,
  ],
  [
    'all are terminating and do not serve',
    {
      slices: [
        slice({
          endpoints: ['10.0.0.1', '10.0.0.2'].map((address) => ({
            addresses: [address],
            conditions: { ready: false, serving: false, terminating: true },
          })),
        }),
      ],
    },
    'KPR112',
    /^all 2 endpoints are terminating/,
  ],
  [
    'the only one is terminating',
    {
      slices: [
        slice({
          endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false, serving: false, terminating: true } }],
        }),
      ],
    },
    'KPR112',
    /^its only endpoint is terminating/,
  ],
  [
    'the selector matches no pod, a label is near',
    { pods: [pod('web-1', { app: 'wep' })] },
    'KPR112',
    /^selector app=web matches no pod in namespace shop; nearest label there: app=wep$/,
  ],
  [
    'the selector matches pods of another namespace',
    { pods: [pod('web-1', { app: 'web' }, {}, 'store'), pod('web-2', { app: 'web' }, {}, 'attic')] },
    'KPR112',
    /^selector app=web matches no pod in namespace shop; 2 pods in namespace attic and store would match$/,
  ],
  [
    'the selector matches no pod, and nothing is near',
    { pods: [pod('db-1', { tier: 'database' })] },
    'KPR112',
    /^selector app=web matches no pod in namespace shop$/,
  ],
  [
    'the selector matches a pod that no slice lists',
    {
      pods: [
        pod(
          'web-1',
          { app: 'web' },
          {
            status: {
              phase: 'Pending',
              conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes are available')],
            },
          },
        ),
      ],
    },
    'KPR112',
    /^selector app=web matches 1 pod, and no EndpointSlice lists it \(web-1: Unschedulable: 0\/3 nodes are available\)$/,
  ],
  [
    'a selector, and no pods among the objects',
    {},
    'KPR112',
    /^no EndpointSlice lists an address for selector app=web$/,
  ],
  ['no selector and no slice', { service: { selector: null } }, 'KPR112', /no selector, and no EndpointSlice/],
  [
    'slices without a single endpoint',
    { service: { selector: null }, slices: [slice({ endpoints: [] })] },
    'KPR112',
    /no selector/,
  ],
];

for (const [what, spec, code, because] of causes) {
  test(`${code}: ${what}`, () => {
    const reason = why(spec);
    assert.equal(reason.code, code, reason.because);
    assert.match(reason.because, because);
    assert.doesNotMatch(reason.because, /undefined|\.$|^[A-Z][a-z]+ /, 'it ends a sentence');
    assert.ok(reason.evidence.length > 0);
  });
}

test('several labels of a selector: each in its order', () => {
  const { because } = why({
    service: { selector: { tier: 'front', app: 'web' } },
    pods: [pod('web-1', { app: 'web', tier: 'frond' })],
  });
  assert.equal(
    because,
    'selector app=web,tier=front matches no pod in namespace shop; nearest label there: tier=frond',
  );
});
