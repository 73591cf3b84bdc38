// --source debug-pod against the tests' API server: what is made is always removed.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sectionOf } from '../../src/capture/capture.ts';
import { SourceError } from '../../src/errors.ts';
import { findLeftovers, removeLeftover } from '../../src/sources/cleanup.ts';
import { type DebugPodOptions, debugPodSource, openPods } from '../../src/sources/debug-pod.ts';
import { captureNode } from '../../src/sources/index.ts';
import { type ExecReply, notThere, type PodLife, type ServerOptions } from '../api-server/index.ts';
import { type Cluster, cluster, kubeProxyPod, nodeObject } from './cluster.ts';
import { podObject } from './pod-objects.ts';
import { saveText } from './rules-text.ts';
import { target } from './scripted-exec.ts';

type Asked = { readonly command: readonly string[]; readonly pod: string };

const saves = ({ command: [program = ''] }: Asked): ExecReply =>
  program === 'cat' ? {} : program.endsWith('-save') ? { stdout: saveText() } : { failure: notThere(program) };

interface Run {
  readonly server?: ServerOptions;
  readonly options?: DebugPodOptions;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function run(context: TestContext, { server: given, options, timeoutMs = 10_000, signal }: Run) {
  const it = await cluster(context, { objects: [nodeObject, kubeProxyPod], exec: saves, ...given });
  const notes: string[] = [];
  const source = debugPodSource(it.api, { note: (sentence) => notes.push(sentence), ...options });
  const begun = performance.now();
  const outcome = await captureNode([source], target, {
    beside: [],
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  }).then(
    ({ capture }) => ({ capture, error: undefined }),
    (error: unknown) => ({ capture: undefined, error }),
  );
  return { ...it, ...outcome, notes, took: performance.now() - begun };
}

function assertClean({ server }: Cluster): void {
  assert.deepEqual(server.livePods(), []);
  assert.deepEqual(openPods(), []);
  assert.ok(server.createdPods.length > 0);
}

const commandOf = (pod: unknown) =>
  (pod as { spec: { containers: { command: string[] }[] } }).spec.containers[0]?.command;
const capabilitiesOf = (pod: unknown) =>
  (pod as { spec: { containers: { securityContext: { capabilities: { add: string[] } } }[] } }).spec.containers[0]
    ?.securityContext.capabilities.add;

describe('--source debug-pod', () => {
  it('reads the rules through a pod from kube-proxy’s own image, and removes it', async (context) => {
    const got = await run(context, { server: { podLife: () => ({ becomes: 'running', afterMs: 600 }) } });
    assert.equal(got.error, undefined);
    assertClean(got);
    const [pod] = got.server.createdPods;
    assert.match(String(pod?.metadata.name), /^proxyrules-node-a-[a-z0-9]{5}$/);
    const spec = pod?.spec as { nodeName: string; activeDeadlineSeconds: number; containers: { image: string }[] };
    assert.equal(spec.nodeName, 'node-a');
    assert.equal(spec.activeDeadlineSeconds, 70);
    assert.equal(spec.containers[0]?.image, 'registry.k8s.io/kube-proxy:v1.36.2');
    assert.equal(got.capture?.kubeProxyVersion, 'v1.36.2');
    assert.match(String(got.capture?.where), /^debug pod kube-system\/proxyrules-node-a-\w{5} on node-a \(registry/);
    assert.equal(sectionOf(got.capture ?? assert.fail(), 'iptables-save')?.reading?.completeness.state, 'whole');
    const removal = got.server.requests.filter(({ method }) => method === 'DELETE');
    assert.deepEqual(
      removal.map(({ query }) => query.get('gracePeriodSeconds')),
      ['0'],
    );
  });

  const failures: readonly [
    name: string,
    code: string,
    words: RegExp,
    server: ServerOptions,
    options?: DebugPodOptions,
  ][] = [
    [
      'Pod Security refuses it',
      'DEBUG_POD_SECURITY',
      /a debug pod on node-a was refused: .*violates PodSecurity "baseline:latest": host namespaces/,
      { podLife: () => ({ becomes: 'refused' }) },
    ],
    [
      'pods may not be made',
      'DEBUG_POD_REFUSED',
      /cannot create resource "pods"/,
      { forbid: ({ verb }) => verb === 'create' },
    ],
    [
      'its image cannot be pulled',
      'DEBUG_POD_IMAGE',
      /image no\/such:v1: (?:ErrImagePull|ImagePullBackOff).*events: .*Failed: Failed to pull image/,
      { podLife: () => ({ becomes: 'image-pull-back-off' }) },
      { image: 'no/such:v1' },
    ],
    [
      'it is not scheduled',
      'DEBUG_POD_UNSCHEDULABLE',
      /Unschedulable.*FailedScheduling: 0\/2 nodes are available/,
      { podLife: () => ({ becomes: 'unschedulable' }) },
    ],
    [
      'its container ends',
      'DEBUG_POD_ENDED',
      /did not start: Error/,
      { podLife: () => ({ becomes: 'failed', exitCode: 2 }) },
    ],
    [
      'it is never started',
      'DEBUG_POD_NOT_STARTED',
      /had not started after 1 s: ContainerCreating \(events: FailedCreatePodSandBox: no network\)/,
      { podLife: () => ({ becomes: 'pending', message: 'no network' }) },
      { startTimeoutMs: 1000 },
    ],
    [
      'it may not be looked at',
      'DEBUG_POD_UNREADABLE',
      /cannot look at debug pod/,
      { forbid: ({ verb, resource }) => verb === 'get' && resource === 'pods' },
    ],
    ['exec is forbidden', 'POD_EXEC_FORBIDDEN', /pods\/exec/, { forbid: ({ resource }) => resource === 'pods/exec' }],
    [
      'its image has no iptables',
      'RULES_UNREADABLE',
      /iptables-save is not there/,
      { exec: ({ command: [program = ''] }) => ({ failure: notThere(program) }) },
    ],
  ];
  for (const [name, code, words, server, options] of failures) {
    it(`says within seconds that ${name}`, async (context) => {
      const got = await run(context, { server, ...(options === undefined ? {} : { options }) });
      assert.ok(got.error instanceof SourceError, String(got.error));
      assert.equal(got.error.code, code);
      assert.match(got.error.message, words);
      assert.ok(got.error.hint);
      assert.ok(got.took < 5000, `${got.took} ms`);
      assert.deepEqual(got.server.livePods(), []);
      assert.deepEqual(openPods(), []);
    });
  }

  it('says that the node’s kubelet is away', { timeout: 20_000 }, async (context) => {
    const conditions = [
      { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', lastTransitionTime: '2026-11-21T08:00:00Z' },
    ];
    const got = await run(context, {
      server: {
        objects: [{ ...nodeObject, status: { ...nodeObject.status, conditions } }, kubeProxyPod],
        podLife: () => ({ becomes: 'pending' }),
      },
      timeoutMs: 60_000,
    });
    assert.ok(got.error instanceof SourceError);
    assert.equal(got.error.code, 'DEBUG_POD_NODE_NOT_READY');
    assert.match(got.error.message, /node-a is not ready since 2026-11-21T08:00:00Z \(NodeStatusUnknown\)/);
    assert.ok(got.took < 8000);
    assertClean(got);
  });

  it('goes without the list of pods where that is forbidden', async (context) => {
    const got = await run(context, { server: { forbid: ({ verb }) => verb === 'list' } });
    assert.equal(got.error, undefined);
    const [pod] = got.server.createdPods;
    assert.match(JSON.stringify(pod), /"image":"registry.k8s.io\/kube-proxy:v1.36.1"/);
    assertClean(got);
  });

  it('tries another command to hold still where the image lacks the first', async (context) => {
    const reason = 'StartError';
    const lives = (pod: unknown): PodLife =>
      commandOf(pod)?.[0] === 'cat' ? { becomes: 'running' } : { becomes: 'failed', reason };
    // The scripted life has no message of the runtime: it is put in as the kubelet writes it.
    const got = await run(context, { server: { podLife: (pod) => withMessage(lives(pod)) } });
    assert.equal(got.error, undefined, String(got.error));
    assert.deepEqual(
      got.server.createdPods.map((pod) => commandOf(pod)?.join(' ')),
      ['xtables-nft-multi iptables-xml', 'xtables-legacy-multi iptables-xml', 'cat'],
    );
    assertClean(got);
  });

  it('has NET_RAW only where the legacy tables need it', async (context) => {
    const exec = ({ command: [program = ''], pod }: Asked): ExecReply => {
      if (program === 'cat') return { stdout: 'nat\n' };
      if (!program.endsWith('-save')) return { failure: notThere(program) };
      if (!program.includes('legacy')) return { stdout: saveText({ chains: ['DOCKER'] }) };
      const created = server?.createdPods.find(({ metadata }) => metadata.name === pod);
      if (capabilitiesOf(created)?.includes('NET_RAW') === true) return { stdout: saveText({ backend: 'legacy' }) };
      return {
        status: 1,
        stderr: 'iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)\n',
      };
    };
    const it = await cluster(context, { objects: [nodeObject, kubeProxyPod], exec });
    const { server } = it;
    const { capture } = await captureNode([debugPodSource(it.api)], target, { beside: [], timeoutMs: 10_000 });
    assert.equal(sectionOf(capture, 'iptables-save')?.reading?.program?.backend, 'legacy');
    assert.equal(sectionOf(capture, 'iptables-save-other')?.reading?.program?.backend, 'nf_tables');
    assert.deepEqual(server.createdPods.map(capabilitiesOf), [['NET_ADMIN'], ['NET_ADMIN', 'NET_RAW']]);
    assertClean(it);
  });

  it('brings 200 MB whole', { timeout: 120_000 }, async (context) => {
    const rule = '[12:34567] -A KUBE-SERVICES -s 10.0.0.1/32 -m comment --comment "ns/name:http" -j KUBE-MARK-MASQ\n';
    const block = Buffer.from(rule.repeat(10_000));
    const blocks = Math.ceil(200e6 / block.length);
    const [head = '', tail = ''] = saveText().split('COMMIT');
    function* text() {
      yield Buffer.from(head);
      for (let at = 0; at < blocks; at++) yield block;
      yield Buffer.from(`COMMIT${tail}`);
    }
    const exec = (asked: Asked): ExecReply =>
      asked.command[0] === 'iptables-save' ? { stdout: text() } : saves(asked);
    const got = await run(context, { server: { exec }, timeoutMs: 100_000 });
    const section = sectionOf(got.capture ?? assert.fail(String(got.error)), 'iptables-save');
    assert.equal(section?.text.length, head.length + blocks * block.length + `COMMIT${tail}`.length);
    assert.deepEqual(section?.reading?.completeness, { state: 'whole' });
    assert.equal(section?.reading?.attempts, 1);
    context.diagnostic(`${Math.round((section?.text.length ?? 0) / 1e6)} MB in ${Math.round(got.took)} ms`);
    assertClean(got);
  });
});

/** PodLife has no message for `failed`; its reason can carry the runtime's words as well. */
function withMessage(life: PodLife): PodLife {
  if (life.becomes !== 'failed') return life;
  return { ...life, reason: 'StartError: exec: "xtables-nft-multi": executable file not found in $PATH' };
}

describe('no debug pod is left', () => {
  for (const [name, life, afterMs] of [
    ['while it starts', { becomes: 'pending' }, 300],
    ['while a command runs', { becomes: 'running' }, 500],
  ] as const) {
    it(`after an interruption ${name}`, async (context) => {
      const stop = new AbortController();
      const reason = new Error('interrupted');
      setTimeout(() => stop.abort(reason), afterMs);
      const exec = (): ExecReply => ({ stdout: '*nat\n', end: 'stall' });
      const got = await run(context, { server: { podLife: () => life, exec }, signal: stop.signal });
      assert.equal(got.error, reason);
      assert.ok(got.took < afterMs + 1500, `${got.took} ms`);
      assertClean(got);
    });
  }

  it('after an interruption while the second one starts', async (context) => {
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const exec = ({ command: [program = ''] }: Asked): ExecReply =>
      program === 'cat'
        ? { stdout: 'nat\n' }
        : program === 'iptables-legacy-save'
          ? { status: 1, stderr: '(legacy): Permission denied' }
          : { stdout: saveText({ chains: ['X'] }) };
    const podLife = (pod: unknown): PodLife => {
      if (capabilitiesOf(pod)?.includes('NET_RAW') !== true) return { becomes: 'running' };
      setTimeout(() => stop.abort(reason), 50);
      return { becomes: 'pending' };
    };
    const got = await run(context, { server: { exec, podLife }, signal: stop.signal });
    assert.equal(got.error, reason);
    assert.equal(got.server.createdPods.length, 2);
    assertClean(got);
  });

  it('after an interruption before the server has answered its creation', async (context) => {
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const fault: ServerOptions['fault'] = ({ method }) => {
      if (method !== 'POST') return undefined;
      setTimeout(() => stop.abort(reason), 50);
      return { delayMs: 400 };
    };
    const got = await run(context, { server: { fault }, signal: stop.signal });
    assert.equal(got.error, reason);
    assertClean(got);
  });

  it('when the answer to its creation is lost', async (context) => {
    const fault: ServerOptions['fault'] = ({ method }) => (method === 'POST' ? { does: 'truncate' } : undefined);
    const got = await run(context, { server: { fault } });
    assert.ok(got.error !== undefined);
    assertClean(got);
  });

  it('when the time is used up', async (context) => {
    const exec = (): ExecReply => ({ stdout: '*nat\n', end: 'stall' });
    const got = await run(context, { server: { exec }, timeoutMs: 1000 });
    assert.equal(
      sectionOf(got.capture ?? assert.fail(String(got.error)), 'iptables-save')?.reading?.completeness.state,
      'cut',
    );
    assert.ok(got.took < 4000, `${got.took} ms`);
    assertClean(got);
  });

  it('when the server refuses the removal at first', async (context) => {
    let times = 0;
    const fault: ServerOptions['fault'] = ({ method }) =>
      method === 'DELETE' && ++times < 3
        ? { status: { code: 500, reason: 'InternalError', message: 'no' } }
        : undefined;
    assertClean(await run(context, { server: { fault } }));
  });

  it('unless it cannot be removed: then the user is told', async (context) => {
    const got = await run(context, { server: { forbid: ({ verb }) => verb === 'delete' } });
    assert.equal(got.error, undefined);
    const [name] = got.server.livePods();
    const short = name?.split('/')[1];
    assert.deepEqual(got.notes, [
      `debug pod ${name} on node-a could not be removed: kubectl delete pod ${short} -n kube-system`,
    ]);
    assert.equal(openPods().length, 1);
    // Its owner is gone with the test.
    await got.api.close();
  });

  it('unless it is to be kept', async (context) => {
    const got = await run(context, { options: { keep: true, namespace: 'default' } });
    const [name] = got.server.livePods();
    assert.match(String(name), /^default\/proxyrules-/);
    assert.match(got.notes.join(), /is kept: kubectl delete pod proxyrules-node-a-\w{5} -n default/);
  });
});

describe('thirty nodes at once', () => {
  it('leave no pod, and one that never starts holds no other', { timeout: 60_000 }, async (context) => {
    const names = Array.from({ length: 30 }, (_, index) => `node-${index}`);
    const podLife = (pod: unknown): PodLife =>
      (pod as { spec: { nodeName: string } }).spec.nodeName === 'node-7'
        ? { becomes: 'pending' }
        : { becomes: 'running', afterMs: 200 };
    const it = await cluster(context, { exec: saves, podLife });
    const source = debugPodSource(it.api, { startTimeoutMs: 3000 });
    const results = await Promise.allSettled(
      names.map((name) => captureNode([source], { ...target, name }, { beside: [], timeoutMs: 30_000 })),
    );
    assert.deepEqual(
      results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
      [7],
    );
    assert.deepEqual(it.server.livePods(), []);
    assert.equal(it.server.createdPods.length, 30);
  });
});

describe('cleanup', () => {
  const leftover = (name: string, more: object = {}, status = 'Running') => ({
    ...podObject({ name, labels: { 'app.kubernetes.io/managed-by': 'kubectl-proxyrules' }, phase: status }),
    ...more,
  });
  const objects = [
    kubeProxyPod,
    leftover('proxyrules-node-a-old'),
    podObject({
      name: 'proxyrules-node-b-new',
      namespace: 'default',
      node: 'node-b',
      created: '2026-11-21T09:00:00Z',
      labels: { 'app.kubernetes.io/managed-by': 'kubectl-proxyrules' },
      spec: { activeDeadlineSeconds: 300 },
    }),
  ];
  const now = new Date('2026-11-21T09:02:00Z');

  it('finds what killed runs left, in all namespaces, and removes it', async (context) => {
    const { api, server } = await cluster(context, { objects });
    const found = await findLeftovers(api, { now });
    assert.equal(found.looked, 'all namespaces');
    assert.deepEqual(
      found.pods.map(({ namespace, name, node, ageSeconds, phase }) => [namespace, name, node, ageSeconds, phase]),
      [
        ['kube-system', 'proxyrules-node-a-old', 'node-a', 3720, 'Running'],
        ['default', 'proxyrules-node-b-new', 'node-b', 120, 'Running'],
      ],
    );
    assert.equal(found.pods[1]?.maybeInUse, true);
    for (const pod of found.pods) await removeLeftover(api, pod);
    for (const pod of found.pods) await removeLeftover(api, pod);
    assert.deepEqual((await findLeftovers(api)).pods, []);
    assert.ok(server.requests.every(({ method, path }) => method !== 'DELETE' || path.includes('/proxyrules-')));
  });

  it('looks where it may', async (context) => {
    const { api } = await cluster(context, { objects, forbid: ({ namespace }) => namespace === undefined });
    const found = await findLeftovers(api, { now });
    assert.equal(found.looked, 'namespace kube-system');
    assert.equal(found.pods.length, 1);
    assert.equal((await findLeftovers(api, { now, namespace: 'default' })).pods.length, 1);
  });

  it('says what is forbidden', async (context) => {
    const { api } = await cluster(context, { objects, forbid: () => true });
    await assert.rejects(findLeftovers(api), /cannot list pods: .*cannot list resource "pods"/);
    await assert.rejects(removeLeftover(api, { namespace: 'a', name: 'b' }), /cannot delete pod a\/b/);
  });

  it('finds a pod of our own making, with who started it', async (context) => {
    const it = await cluster(context, { objects: [nodeObject, kubeProxyPod], exec: saves });
    const open = await debugPodSource(it.api).open(target, { timeoutMs: 5000 });
    const { pods } = await findLeftovers(it.api);
    assert.equal(pods.length, 1);
    assert.match(pods[0]?.startedBy ?? '', new RegExp(`process ${process.pid}`));
    await open.close();
    await open.close();
    await sleep(0);
    assert.deepEqual((await findLeftovers(it.api)).pods, []);
  });
});
