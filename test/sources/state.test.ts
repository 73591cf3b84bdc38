// Where a new pod stands, over the states that kubelets write.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { debugImage } from '../../src/sources/debug-pod/image.ts';
import { debugPodName, debugPodObject, holdingCommands } from '../../src/sources/debug-pod/manifest.ts';
import { podState } from '../../src/sources/debug-pod/state.ts';
import { readPod } from '../../src/sources/pod.ts';
import { type PodParts, podObject } from './pod-objects.ts';

describe('the debug pod', () => {
  const waiting = (reason: string, message = '') => ({ phase: 'Pending', state: { waiting: { reason, message } } });
  const ended = (reason: string, message = '') => ({ phase: 'Failed', state: { terminated: { reason, message } } });
  const noStatus = { state: {}, status: { containerStatuses: undefined } };
  const missing = 'exec: "xtables-nft-multi": executable file not found in $PATH: unknown';

  const table: readonly [name: string, parts: PodParts, kind: string, why: RegExp | undefined][] = [
    ['runs', {}, 'running', undefined],
    ['was just made', { phase: 'Pending', ...noStatus }, 'starting', /has not taken it up/],
    ['is being made', waiting('ContainerCreating'), 'starting', /ContainerCreating/],
    ['waits for something unheard of', waiting('SomethingNew', 'hm'), 'starting', /SomethingNew: hm/],
    [
      'has no image',
      waiting('ErrImagePull', 'not found'),
      'DEBUG_POD_IMAGE',
      /image example.image:v1: ErrImagePull: not found/,
    ],
    ['still has no image', waiting('ImagePullBackOff'), 'DEBUG_POD_IMAGE', /ImagePullBackOff/],
    ['has an image name that is none', waiting('InvalidImageName'), 'DEBUG_POD_IMAGE', /InvalidImageName/],
    [
      'must run as another user',
      waiting('CreateContainerConfigError', 'container has runAsNonRoot'),
      'DEBUG_POD_CONFIG',
      /runAsNonRoot/,
    ],
    [
      'lacks its command (containerd)',
      ended('StartError', `failed to create containerd task: ${missing}`),
      'DEBUG_POD_COMMAND',
      /xtables/,
    ],
    [
      'lacks its command (CRI-O)',
      waiting(
        'CreateContainerError',
        'executable file `xtables-nft-multi` not found in $PATH: No such file or directory',
      ),
      'DEBUG_POD_COMMAND',
      /xtables/,
    ],
    ['ended', ended('Error'), 'DEBUG_POD_ENDED', /Error/],
    [
      'came to its deadline',
      { phase: 'Failed', ...noStatus, status: { reason: 'DeadlineExceeded', containerStatuses: [] } },
      'DEBUG_POD_UNSCHEDULABLE',
      /DeadlineExceeded/,
    ],
    [
      'was not admitted by the kubelet',
      { phase: 'Failed', status: { reason: 'OutOfpods', message: 'Node did not have enough', containerStatuses: [] } },
      'DEBUG_POD_UNSCHEDULABLE',
      /OutOfpods: Node did not/,
    ],
    [
      'is not scheduled',
      {
        phase: 'Pending',
        status: {
          containerStatuses: [],
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' }],
        },
      },
      'DEBUG_POD_UNSCHEDULABLE',
      /Unschedulable: 0.2 nodes/,
    ],
    ['is being deleted', { deleting: true }, 'DEBUG_POD_ENDED', /deleted/],
  ];
  for (const [name, parts, kind, why] of table) {
    it(name, () => {
      const state = podState(readPod(podObject(parts)));
      assert.equal(state.kind === 'failed' ? state.code : state.kind, kind);
      if (why !== undefined) assert.match('why' in state ? state.why : '', why);
    });
  }

  it('has the least that suffices', () => {
    const pod = debugPodObject({
      name: 'proxyrules-x',
      namespace: 'kube-system',
      node: 'node-a',
      image: 'registry.k8s.io/kube-proxy:v1.36.1',
      command: holdingCommands[0] ?? [],
      capabilities: ['NET_ADMIN'],
      activeDeadlineSeconds: 300,
      startedBy: 'me',
    });
    assert.deepEqual(pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'proxyrules-x',
        namespace: 'kube-system',
        labels: { 'app.kubernetes.io/managed-by': 'kubectl-proxyrules', 'app.kubernetes.io/name': 'proxyrules-debug' },
        annotations: { 'kubectl-proxyrules/started-by': 'me' },
      },
      spec: {
        nodeName: 'node-a',
        tolerations: [{ operator: 'Exists' }],
        hostNetwork: true,
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        activeDeadlineSeconds: 300,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        os: { name: 'linux' },
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'rules',
            image: 'registry.k8s.io/kube-proxy:v1.36.1',
            imagePullPolicy: 'IfNotPresent',
            command: ['xtables-nft-multi', 'iptables-xml'],
            stdin: true,
            stdinOnce: false,
            tty: true,
            securityContext: {
              runAsUser: 0,
              runAsGroup: 0,
              privileged: false,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
            },
            resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '2', memory: '4Gi' } },
          },
        ],
      },
    });
  });

  it('has a name that every node can give it', () => {
    for (const node of ['node-a', 'ip-10-0-0-1.eu-west-1.compute.internal', '-', 'N'.repeat(253), '...']) {
      const name = debugPodName(node);
      assert.match(name, /^proxyrules-[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
      assert.ok(name.length <= 63);
    }
    assert.equal(
      debugPodName('node-a', () => 0),
      'proxyrules-node-a-bbbbb',
    );
    assert.notEqual(debugPodName('node-a'), debugPodName('node-a'));
  });
});

describe('the debug pod’s image', () => {
  const node = (kubeletVersion?: string) => ({ name: 'node-a', addresses: [], kubeletVersion });
  const kubeProxy = podObject({ image: 'mirror/kube-proxy:v1.36.1', command: ['kube-proxy'] });
  const crashed = podObject({ image: 'mirror/kube-proxy:v2', command: ['kube-proxy'], state: { waiting: {} } });
  const elsewhere = podObject({ image: 'mirror/kube-proxy:v1.36.1', command: ['kube-proxy'], node: 'node-b' });
  const of = (asked: string | undefined, pods: readonly object[], version?: string) =>
    debugImage(asked, pods.map(readPod), node(version));

  it('is what was asked for', () => {
    assert.deepEqual(of('my/image', [kubeProxy], 'v1.36.1'), { image: 'my/image', ofKubeProxy: false });
  });
  it('is the one of the node’s kube-proxy, also where that crashes', () => {
    assert.deepEqual(of(undefined, [kubeProxy]), { image: 'mirror/kube-proxy:v1.36.1', ofKubeProxy: true });
    assert.deepEqual(of(undefined, [crashed]), { image: 'mirror/kube-proxy:v2', ofKubeProxy: true });
  });
  for (const [version, tag] of [
    ['v1.36.1', 'v1.36.1'],
    ['v1.30.4+k3s1', 'v1.30.4'],
    ['v1.29.1-eks-508b6b3', 'v1.29.1'],
  ]) {
    it(`is kube-proxy’s of the node’s release ${version}`, () => {
      const image = { image: `registry.k8s.io/kube-proxy:${tag}`, ofKubeProxy: false };
      assert.deepEqual(of(undefined, [elsewhere], version), image);
    });
  }
  it('is asked for where nothing tells', () => {
    assert.throws(() => of(undefined, []), /no image for a debug pod/);
    assert.throws(() => of(undefined, [], 'latest'), /no image for a debug pod/);
  });
});
