// The built program as processes of its own, against the tests' API server: found by the real kubectl, stopped by signals,
// killed. Nothing stays on the server but what a SIGKILL leaves, and cleanup finds that.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TestApiServer } from '../api-server/index.ts';
import { cli, root } from '../commands/cli.ts';
import { liveCluster, recordedNode } from '../commands/live-cluster.ts';

const skip =
  process.platform === 'win32' || !existsSync(join(root, 'dist', 'main.cjs'))
    ? 'dist/ is missing: npm run build'
    : false;

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(server: TestApiServer, program: string, args: readonly string[]) {
  const child = spawn(program, args, {
    env: {
      PATH: [join(root, 'bin'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: server.directory,
      KUBECONFIG: server.kubeconfig,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, ended };
}

const program = join(root, 'bin', 'kubectl-proxyrules');

for (const args of [
  ['explain', 'default/web', '--node', 'node-a', '--source', 'proxy-pod'],
  ['explain', 'default/web', '--node', 'node-a', '--source', 'debug-pod', '-o', 'json'],
  ['backends', '--all-nodes', '--source', 'proxy-pod', '-o', 'json'],
  ['graph', 'default/web', '--node', 'node-a'],
  ['explain', 'default/web', '--node', 'nowhere', '--source', 'proxy-pod'],
  ['cleanup'],
]) {
  test(`kubectl proxyrules ${args.join(' ')}: as in this process`, { skip }, async (context) => {
    const server = await liveCluster(context);
    const built = await start(server, 'kubectl', ['proxyrules', ...args]).ended;
    const expected = await cli([...args, '--kubeconfig', server.kubeconfig]);
    assert.equal(built.stdout, expected.stdout, built.stderr);
    assert.equal(built.exitCode, expected.exitCode);
    assert.deepEqual(server.livePods(), []);
  });
}

/** A cluster whose nodes never finish a dump, so that a run is caught at work. */
async function stalledCluster(context: TestContext): Promise<{ server: TestApiServer; atWork: Promise<void> }> {
  let begun: () => void;
  const atWork = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const server = await liveCluster(context, {
    exec: (call) => {
      if (call.command[0] === 'iptables-save') begun();
      const reply = recordedNode(call);
      return reply.failure === undefined ? { ...reply, after: 1000, end: 'stall' } : reply;
    },
  });
  return { server, atWork };
}

const args = ['explain', 'default/web', '--node', 'node-a', '--source', 'debug-pod'];

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} while a debug pod is read: 130, nothing printed, and the pod is gone`, { skip }, async (context) => {
    const { server, atWork } = await stalledCluster(context);
    const { child, ended } = start(server, program, args);
    await atWork;
    assert.equal(server.livePods().length, 1);
    child.kill(signal);
    const { exitCode, stdout, stderr } = await ended;
    assert.deepEqual([exitCode, stdout], [130, ''], stderr);
    assert.deepEqual(server.livePods(), []);
  });
}

test('what SIGKILL leaves ends by its deadline, and cleanup removes it', { skip }, async (context) => {
  const { server, atWork } = await stalledCluster(context);
  const { child, ended } = start(server, program, args);
  await atWork;
  child.kill('SIGKILL');
  await ended;
  const [left = ''] = server.livePods();
  assert.match(left, /^kube-system\//);
  const [pod] = server.createdPods as readonly { readonly spec?: { readonly activeDeadlineSeconds?: number } }[];
  const seconds = pod?.spec?.activeDeadlineSeconds ?? 0;
  assert.ok(seconds > 0 && seconds <= 3600, `${seconds}`);
  const on = ['--kubeconfig', server.kubeconfig];
  assert.match((await cli(['cleanup', ...on])).stdout, new RegExp(left.slice('kube-system/'.length)));
  await cli(['cleanup', ...on, '--yes', '--force']);
  assert.deepEqual(server.livePods(), []);
});

test('the time of a node is up: exit 3, and the pod is gone', { skip }, async (context) => {
  const { server } = await stalledCluster(context);
  const { exitCode } = await start(server, program, [...args, '--timeout', '1s']).ended;
  assert.equal(exitCode, 3);
  assert.deepEqual(server.livePods(), []);
});
