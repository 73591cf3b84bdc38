import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { Pod } from '../../src/cluster/snapshot.ts';

function read(fields: object): Pod {
  const { pods } = snapshotFromObjects([{ kind: 'Pod', metadata: { name: 'web-0', namespace: 'shop' }, ...fields }]);
  return pods[0] ?? assert.fail();
}

test('a pod of which nothing is known', () => {
  const wrong = { status: { phase: 1, podIPs: {}, conditions: 'x', containerStatuses: 7 }, spec: { containers: {} } };
  for (const fields of [{}, { spec: null, status: null }, wrong]) {
    const { phase, node, hostNetwork, addresses, ready, notReady, ports } = read(fields);
    assert.deepEqual(
      { phase, node, hostNetwork, addresses, ready, notReady, ports },
      {
        phase: '',
        node: undefined,
        hostNetwork: false,
        addresses: [],
        ready: undefined,
        notReady: 'no Ready condition',
        ports: [],
      },
    );
  }
});

test('addresses come from podIPs, or from podIP of an old kubelet', () => {
  const both = { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.1' }, { ip: 'FD00::1' }] };
  assert.deepEqual(read({ status: both }).addresses, ['10.0.0.1', 'fd00::1']);
  assert.deepEqual(read({ status: { podIP: '10.0.0.9' } }).addresses, ['10.0.0.9']);
  assert.deepEqual(read({ status: { podIP: '', podIPs: [{}] } }).addresses, []);
});

test('ports of containers and sidecars, not of init containers', () => {
  const container = { name: 'web', ports: [{ name: 'http', containerPort: 8080, hostPort: 80, hostIP: '127.0.0.01' }] };
  const sidecar = { restartPolicy: 'Always', ports: [{ containerPort: 53, protocol: 'UDP', hostPort: 0 }] };
  const init = { ports: [{ containerPort: 1 }] };
  const broken = { ports: [{ containerPort: 0 }, { containerPort: 1, protocol: 'ICMP' }, null] };
  const { ports } = read({ spec: { containers: [container, broken, null], initContainers: [init, sidecar] } });
  assert.deepEqual(ports, [
    { name: 'http', protocol: 'TCP', port: 8080, hostPort: 80, hostIP: '127.0.0.1' },
    { name: undefined, protocol: 'UDP', port: 53, hostPort: undefined, hostIP: undefined },
  ]);
});

const notReadyMessage = 'containers with unready status: [web]';
const unready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: notReadyMessage };
const initialized = { type: 'Initialized', status: 'True' };

const reasons: readonly (readonly [string, object, boolean | undefined, string | undefined])[] = [
  ['ready', { conditions: [{ type: 'Ready', status: 'True' }], phase: 'Running' }, true, undefined],
  ['just created', { phase: 'Pending' }, undefined, 'Pending'],
  [
    'unschedulable',
    {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available.' },
      ],
    },
    undefined,
    'Unschedulable: 0/3 nodes are available.',
  ],
  [
    'a probe that fails',
    { conditions: [initialized, unready], containerStatuses: [{ name: 'web', state: { running: {} } }] },
    false,
    `ContainersNotReady: ${notReadyMessage}`,
  ],
  [
    'a crash loop',
    {
      conditions: [initialized, unready],
      containerStatuses: [
        { name: 'log', state: { running: {} } },
        {
          name: 'web',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
          lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
        },
      ],
    },
    false,
    `ContainersNotReady: ${notReadyMessage}; container web: CrashLoopBackOff (last: OOMKilled, exit code 137)`,
  ],
  [
    'an image that is not there',
    { conditions: [unready], containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
    false,
    `ContainersNotReady: ${notReadyMessage}; container web: ImagePullBackOff`,
  ],
  [
    'an init container that fails',
    {
      conditions: [{ type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized' }, unready],
      initContainerStatuses: [
        { name: 'done', state: { terminated: { reason: 'Completed', exitCode: 0 } } },
        { name: 'init', state: { terminated: { reason: 'Error', exitCode: 2 } } },
      ],
      containerStatuses: [{ name: 'web', state: { waiting: { reason: 'PodInitializing' } } }],
    },
    false,
    'ContainersNotInitialized; container init: Error, exit code 2',
  ],
  [
    'a readiness gate',
    {
      conditions: [
        initialized,
        {
          type: 'Ready',
          status: 'False',
          reason: 'ReadinessGatesNotReady',
          message: 'the status of pod readiness gate "lb" is not "True", but False',
        },
      ],
    },
    false,
    'ReadinessGatesNotReady: the status of pod readiness gate "lb" is not "True", but False',
  ],
  [
    'ended',
    {
      phase: 'Succeeded',
      conditions: [
        { ...initialized, reason: 'PodCompleted' },
        { type: 'Ready', status: 'False', reason: 'PodCompleted' },
      ],
      containerStatuses: [{ name: 'web', state: { terminated: { reason: 'Completed', exitCode: 0 } } }],
    },
    false,
    'PodCompleted',
  ],
  [
    'evicted',
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on\nresource: memory.' },
    undefined,
    'Evicted: The node was low on resource: memory.',
  ],
  ['a lost node', { conditions: [{ type: 'Ready', status: 'Unknown' }] }, false, 'Ready is not True'],
];

test('why a pod is not ready, in the words of the API', () => {
  for (const [what, status, ready, notReady] of reasons) {
    const pod = read({ status });
    assert.deepEqual([pod.ready, pod.notReady], [ready, notReady], what);
  }
});

test('a pod under deletion is terminating, whatever its conditions say', () => {
  const metadata = { name: 'web-0', deletionTimestamp: '2026-01-01T00:00:00Z' };
  const pod = read({ metadata, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  assert.deepEqual([pod.ready, pod.notReady], [true, 'terminating']);
});

test('a long message is cut', () => {
  const { notReady } = read({ status: { conditions: [{ type: 'Ready', status: 'False', message: 'x'.repeat(1e6) }] } });
  assert.ok(notReady !== undefined && notReady.length < 250 && notReady.endsWith('…'));
});
