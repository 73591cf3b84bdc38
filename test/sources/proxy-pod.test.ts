// --source proxy-pod against the tests' API server, whose exec runs the real programs in a network namespace.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { sectionOf } from '../../src/capture/capture.ts';
import { ClusterError, SourceError } from '../../src/errors.ts';
import { captureNode } from '../../src/sources/index.ts';
import { proxyPodSource } from '../../src/sources/proxy-pod.ts';
import { type ExecReply, notThere, recorded } from '../api-server/index.ts';
import { type Namespace, openNamespace, whyNoNamespace } from '../kernel/namespace.ts';
import { cluster, kubeProxyPod, nodeObject } from './cluster.ts';
import { podObject } from './pod-objects.ts';
import { saveText } from './rules-text.ts';
import { target } from './scripted-exec.ts';

type Asked = { readonly command: readonly string[] };

/** An image with the one program, and no legacy table on the node. */
const saves = ({ command: [program = ''] }: Asked = { command: ['-save'] }): ExecReply =>
  program === 'cat' ? {} : program.endsWith('-save') ? { stdout: saveText() } : { failure: notThere(program) };

/** The real programs, as containerd would run them. */
function runsIn(space: Namespace): (asked: Asked) => ExecReply {
  return ({ command }) => {
    const { status, stdout, stderr } = space.run(command);
    if (/exec of .* failed/.test(stderr)) return { failure: notThere(command[0] ?? '') };
    return { stdout, stderr, status: status ?? 137 };
  };
}
const code = (expected: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SourceError, String(error));
  assert.equal(error.code, expected);
  assert.match(error.message, words);
  assert.ok(error.hint);
  return true;
};
const skip = whyNoNamespace() ?? false;

describe('--source proxy-pod', () => {
  it('reads a recorded node’s rules through real programs', { skip }, async (context) => {
    const space = openNamespace();
    context.after(space.close);
    const text = readFileSync(new URL('../fixtures/recordings/live-node-a/iptables-save.txt', import.meta.url), 'utf8');
    // Not every kernel has nfacct.
    const restored = space.run(['iptables-restore'], text.replace(/^.*--nfacct-name.*\n/gm, ''));
    assert.deepEqual(restored.stderr, '');
    const { api } = await cluster(context, {
      objects: recorded('live-node-a/objects.json'),
      exec: runsIn(space),
    });
    const { capture } = await captureNode([proxyPodSource(api)], target, { timeoutMs: 60_000 });
    assert.equal(capture.where, 'pod kube-system/kube-proxy-2m9c4 on node-a');
    const rules = sectionOf(capture, 'iptables-save');
    const same = (it: string) => it.replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, '');
    assert.equal(same(Buffer.from(rules?.text ?? []).toString()), same(space.run(['iptables-save', '-c']).stdout));
    assert.deepEqual(rules?.reading?.completeness, { state: 'whole' });
    assert.equal(rules?.reading?.program?.backend, 'nf_tables');
    for (const name of ['ip-addr', 'ip-route', 'ip-rule'] as const) {
      assert.ok(Array.isArray(JSON.parse(Buffer.from(sectionOf(capture, name)?.text ?? []).toString())), name);
    }
    assert.match(Buffer.from(sectionOf(capture, 'sysctl')?.text ?? []).toString(), /^net\.ipv4\.ip_forward = [01]$/m);
    assert.match(Buffer.from(sectionOf(capture, 'iptables-version')?.text ?? []).toString(), /^iptables v/);
    assert.equal(capture.kubeProxyVersion, 'v1.36.2');
    // Reading leaves no legacy table behind.
    assert.equal(space.run(['cat', '/proc/net/ip_tables_names']).stdout, '');
  });

  it('asks only what it needs', async (context) => {
    const { api, server } = await cluster(context, { objects: [kubeProxyPod], exec: saves });
    await captureNode([proxyPodSource(api)], target, { beside: [] });
    const asked = server.requests.map(
      ({ method, path, query }) =>
        `${method} ${path}${query.has('command') ? ` ${query.getAll('command').join(' ')}` : ''}`,
    );
    const exec = 'GET /api/v1/namespaces/kube-system/pods/kube-proxy-x7k2q/exec';
    assert.deepEqual(asked.sort(), [
      `${exec} cat /proc/net/ip6_tables_names`,
      `${exec} cat /proc/net/ip_tables_names`,
      `${exec} ip6tables-save -c`,
      `${exec} iptables-save -c`,
      'GET /api/v1/pods',
    ]);
    assert.equal(server.requests[0]?.query.get('fieldSelector'), 'spec.nodeName=node-a');
  });

  it('finds a program by its path where the image has no PATH', async (context) => {
    const exec = ({ command: [program = ''] }: Asked): ExecReply =>
      program === '/usr/sbin/xtables-nft-multi' ? saves() : { failure: notThere(program) };
    const { api } = await cluster(context, { objects: [kubeProxyPod], exec });
    const { capture } = await captureNode([proxyPodSource(api)], target, { beside: ['sysctl', 'healthz'] });
    assert.equal(sectionOf(capture, 'iptables-save')?.command, '/usr/sbin/xtables-nft-multi iptables-save -c');
    assert.equal(sectionOf(capture, 'ip6tables-save')?.command, '/usr/sbin/xtables-nft-multi ip6tables-save -c');
    assert.deepEqual(
      capture.gaps?.map(({ section, reason }) => `${section}: ${reason.slice(0, 40)}`),
      ['sysctl: sysctl is not there; grep is not there; ', 'healthz: curl is not there; wget is not there; th'],
    );
  });

  it('looks in kube-system alone where the cluster is forbidden', async (context) => {
    const forbid = ({ verb, namespace }: { verb: string; namespace: string | undefined }) =>
      verb === 'list' && namespace === undefined;
    const { api } = await cluster(context, { objects: [kubeProxyPod], exec: saves, forbid });
    const { capture } = await captureNode([proxyPodSource(api)], target, { beside: [] });
    assert.ok(sectionOf(capture, 'iptables-save'));
  });

  const refusals: readonly [name: string, code: string, words: RegExp, options: Parameters<typeof cluster>[1]][] = [
    ['no pod', 'NO_KUBE_PROXY_POD', /none of its 0 pods runs it \(all namespaces\)/, { objects: [nodeObject] }],
    [
      'a pod that crashes',
      'KUBE_PROXY_NOT_RUNNING',
      /kube-system\/p is not running: CrashLoopBackOff: back-off 5m/,
      {
        objects: [
          podObject({
            name: 'p',
            command: ['kube-proxy'],
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m' } },
          }),
        ],
      },
    ],
    ['pods that may not be listed', 'NODE_PODS_UNREADABLE', /cannot list resource "pods"/, { forbid: () => true }],
    [
      'exec that is forbidden',
      'POD_EXEC_FORBIDDEN',
      /pods\/exec/,
      { objects: [kubeProxyPod], exec: saves, forbid: ({ resource }) => resource === 'pods/exec' },
    ],
    [
      'a kubelet that cannot be reached',
      'POD_EXEC_FAILED',
      /error dialing backend/,
      {
        objects: [kubeProxyPod],
        exec: saves,
        fault: ({ path }) =>
          path.endsWith('/exec')
            ? {
                status: { code: 500, reason: 'InternalError', message: 'error dialing backend: dial tcp: i/o timeout' },
              }
            : undefined,
      },
    ],
    [
      'a Windows node',
      'NO_KUBE_PROXY_POD',
      /it is a Windows node/,
      { objects: [podObject({ command: ['kube-proxy'], spec: { os: { name: 'windows' } } })] },
    ],
  ];
  for (const [name, expected, words, options] of refusals) {
    it(`says: ${name}`, async (context) => {
      const { api } = await cluster(context, options);
      await assert.rejects(captureNode([proxyPodSource(api)], target, {}), code(expected, words));
    });
  }

  it('leaves bad credentials to be said as they are', async (context) => {
    const { api } = await cluster(context, {
      fault: () => ({ status: { code: 401, reason: 'Unauthorized', message: 'Unauthorized' } }),
    });
    await assert.rejects(captureNode([proxyPodSource(api)], target, {}), ClusterError);
  });

  it('asks again for a text whose end was lost though the status says success', async (context) => {
    let times = 0;
    const exec = ({ command }: Asked): ExecReply =>
      command[0] === 'iptables-save' && ++times < 3 ? { ...saves(), after: 100, end: 'status' } : saves();
    const { api } = await cluster(context, { objects: [kubeProxyPod], exec });
    const { capture } = await captureNode([proxyPodSource(api)], target, { beside: [] });
    const reading = sectionOf(capture, 'iptables-save')?.reading;
    assert.deepEqual([reading?.attempts, reading?.completeness.state], [3, 'whole']);
  });

  for (const end of ['cut', 'close', 'stall'] as const) {
    it(`keeps with its verdict a text that always ends in: ${end}`, { timeout: 20_000 }, async (context) => {
      const exec = ({ command }: Asked): ExecReply =>
        command[0] === 'iptables-save' ? { ...saves(), after: 150, end } : saves();
      const { api } = await cluster(context, { objects: [kubeProxyPod], exec });
      const started = performance.now();
      const { capture } = await captureNode([proxyPodSource(api)], target, { beside: [], timeoutMs: 2000 });
      assert.ok(performance.now() - started < 5000);
      const section = sectionOf(capture, 'iptables-save');
      assert.equal(section?.reading?.completeness.state, 'cut');
      assert.equal(section?.text.length, 150);
    });
  }
});
