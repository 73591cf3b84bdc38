// Exec against the tests' own server: the whole output and its status, or a word that something is missing. Never a false
// "whole".
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ApiServer, ExecOptions } from '../../src/api/api-server.ts';
import { openApiServer } from '../../src/api/open-api-server.ts';
import {
  type ExecCall,
  type ExecReply,
  notThere,
  recorded,
  runsCommands,
  type ServerOptions,
  startApiServer,
  startProxy,
  type TestApiServer,
  writeKubeconfig,
} from '../api-server/index.ts';
import { openNamespace, whyNoNamespace } from '../kernel/namespace.ts';

const pod = { namespace: 'kube-system', pod: 'kube-proxy-2m9c4', container: 'kube-proxy' };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function withExec(
  reply: (call: ExecCall) => ExecReply | Promise<ExecReply>,
  use: (api: ApiServer, server: TestApiServer) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  const server = await startApiServer({ objects: recorded('live-node-a/objects.json'), exec: reply, ...options });
  const api = await openApiServer({ kubeconfig: server.kubeconfig }, { world: { env: {} } });
  try {
    await use(api, server);
  } finally {
    await api.close();
    await server.close();
  }
}

/** Runs one command against one reply. */
async function execOnce(reply: ExecReply, options: ExecOptions = {}, server: ServerOptions = {}) {
  let output: Awaited<ReturnType<ApiServer['exec']>> | undefined;
  await withExec(
    () => reply,
    async (api) => {
      output = await api.exec({ ...pod, command: ['x'] }, options);
    },
    server,
  );
  assert.ok(output !== undefined);
  return { ...output, stdout: text(output.stdout) };
}

for (const protocol of ['v4.channel.k8s.io', 'v5.channel.k8s.io']) {
  test(`${protocol}: output, errors and exit status`, async () => {
    const server = { execProtocols: [protocol] };
    const good = await execOnce({ stdout: 'a\nb\n', stderr: 'w' }, {}, server);
    assert.deepEqual(good, { status: 0, stdout: 'a\nb\n', stderr: 'w', broken: undefined });
    const bad = await execOnce({ stdout: 'half', status: 3 }, {}, server);
    assert.deepEqual(bad, { status: 3, stdout: 'half', stderr: '', broken: undefined });
    const none = await execOnce({}, {}, server);
    assert.deepEqual(none, { status: 0, stdout: '', stderr: '', broken: undefined });
  });

  test(`${protocol}: a cut, a close, a stall before the status are broken`, async () => {
    const server = { execProtocols: [protocol] };
    const whole = 'x'.repeat(100_000);
    const cut = await execOnce({ stdout: whole, end: 'cut', after: 70_000 }, {}, server);
    assert.equal(cut.status, undefined);
    assert.ok(cut.stdout.length <= 70_000);
    assert.match(cut.broken ?? '', /^the connection ended \(1006\) after \d+ bytes, before the exit status$/);
    // Also where every byte had come: that cannot be known.
    const late = await execOnce({ stdout: whole, end: 'cut' }, {}, server);
    assert.match(late.broken ?? '', /before the exit status/);
    const close = await execOnce({ stdout: whole, end: 'close' }, {}, server);
    assert.deepEqual(
      { ...close, stdout: close.stdout.length },
      {
        status: undefined,
        stdout: 100_000,
        stderr: '',
        broken: 'the connection ended (1000) after 100000 bytes, before the exit status',
      },
    );
    const stall = await execOnce({ stdout: whole, end: 'stall' }, { silenceMs: 1500 }, server);
    assert.equal(stall.broken, 'no exit status came: after 100000 bytes, nothing more for 1.5 s');
    const mute = await execOnce({ end: 'stall' }, { firstByteMs: 150 }, server);
    assert.equal(mute.broken, 'no exit status came: without a byte, nothing more for 0.15 s');
  });
}

test('a slow stream is not a stalled one, but has its time', async () => {
  const slow = { stdout: 'abcdef', frameBytes: 1, pauseMs: 400 };
  const whole = await execOnce(slow, { silenceMs: 2000, firstByteMs: 5000 });
  assert.deepEqual([whole.stdout, whole.broken], ['abcdef', undefined]);
  const late = await execOnce(slow, { timeoutMs: 1500 });
  assert.equal(late.status, undefined);
  assert.match(late.broken ?? '', /^it was not done within 1.5 s, (after \d bytes|without a byte)$/);
});

test('the status may come in parts, before the last output, and without a close', async () => {
  const parts = await execOnce({ stdout: 'abc', status: 7, statusBytes: 5 });
  assert.deepEqual(parts, { status: 7, stdout: 'abc', stderr: '', broken: undefined });
  const overtaken = await execOnce({ stdout: 'abc', afterStatus: 'def' });
  assert.deepEqual(overtaken, { status: 0, stdout: 'abcdef', stderr: '', broken: undefined });
  const linger = await execOnce({ stdout: 'abc', end: 'linger' });
  assert.deepEqual(linger, { status: 0, stdout: 'abc', stderr: '', broken: undefined });
});

test('frames of unknown channels, and of none, are passed over', async () => {
  const rawFrames = [
    new Uint8Array(),
    Uint8Array.of(9, 65),
    Uint8Array.of(255, 1),
    Uint8Array.of(255),
    Uint8Array.of(0, 66),
  ];
  const output = await execOnce({ rawFrames, stdout: 'abc' });
  assert.deepEqual(output, { status: 0, stdout: 'abc', stderr: '', broken: undefined });
});

test('a program that is not there is 127; what else failed is broken, in the words of the node', async () => {
  const missing = await execOnce({ failure: notThere('nft') });
  assert.equal(missing.status, 127);
  assert.equal(missing.broken, undefined);
  assert.match(missing.stderr, /executable file not found/);
  const crio = await execOnce({
    failure: 'exec failed: executable file `nft` not found in $PATH: No such file or directory',
  });
  assert.equal(crio.status, 127);
  const denied = await execOnce({ failure: 'exec: "/x": permission denied: unknown' });
  assert.equal(denied.status, 126);
  const other = await execOnce({ stdout: 'some', failure: 'container is in CONTAINER_EXITED state' });
  assert.equal(other.status, undefined);
  assert.match(other.broken ?? '', /CONTAINER_EXITED/);
});

test('argv arrives as it is, names are escaped, and standard input is asked for only when wanted', async () => {
  const calls: ExecCall[] = [];
  const reply = (call: ExecCall) => {
    calls.push(call);
    return {};
  };
  await withExec(reply, async (api) => {
    const command = ['a b', '', 'ü&c=d', '--x', "'", '$(y)', '%2F'];
    await api.exec({ ...pod, command });
    assert.deepEqual([calls[0]?.command, calls[0]?.stdin, calls[0]?.container], [command, false, 'kube-proxy']);
    await api.exec({ ...pod, command, stdin: true });
    assert.equal(calls[1]?.stdin, true);
    const odd = { ...pod, namespace: 'a/../b', pod: 'x?y#z' };
    await assert.rejects(api.exec({ ...odd, command }), { code: 'API_NOT_FOUND', said: 'pods "x?y#z" not found' });
  });
});

test('standard input stays open until the command ends', async () => {
  let ended = false;
  const reply = async ({ stdinEnded }: ExecCall) => {
    stdinEnded.then(() => {
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { stdout: String(ended) };
  };
  await withExec(reply, async (api) => {
    const { stdout } = await api.exec({ ...pod, command: ['cat'], stdin: true });
    assert.equal(text(stdout), 'false');
  });
});

test('a refused handshake says what the server said', async () => {
  await withExec(
    () => ({}),
    async (api) => {
      await assert.rejects(api.exec({ ...pod, command: ['x'] }), {
        code: 'API_FORBIDDEN',
        status: 403,
        message: /forbids user kubernetes-admin to get pods\/exec in namespace kube-system\.$/,
      });
    },
    { forbid: ({ resource }) => resource === 'pods/exec' },
  );
  await withExec(
    () => ({}),
    async (api) => {
      await assert.rejects(api.exec({ ...pod, pod: 'none', command: ['x'] }), {
        code: 'API_NOT_FOUND',
        message: 'pods "none" not found.',
      });
      await assert.rejects(api.exec({ ...pod, container: 'none', command: ['x'] }), {
        code: 'API_REFUSED',
        message: /container none is not valid/,
      });
    },
  );
  await withExec(
    () => ({}),
    (api) => assert.rejects(api.exec({ ...pod, command: ['x'] }), { code: 'CLUSTER_CUT' }),
    { fault: () => ({ does: 'reset' }) },
  );
  await withExec(
    () => ({}),
    (api) => assert.rejects(api.exec({ ...pod, command: ['x'] }, { timeoutMs: 200 }), { code: 'CLUSTER_TIMEOUT' }),
    { fault: () => ({ does: 'stall' }) },
  );
  await withExec(
    () => ({}),
    // No subprotocol in common: the package ws refuses such an answer.
    (api) => assert.rejects(api.exec({ ...pod, command: ['x'] }), { exitCode: 4 }),
    { execProtocols: ['v9.channel.k8s.io'] },
  );
  await withExec(
    () => ({}),
    (api) => assert.rejects(api.exec({ ...pod, command: ['x'] }), { code: 'EXEC_PROTOCOL' }),
    { execProtocols: ['v3.channel.k8s.io'] },
  );
});

test('through a proxy, over plain http, and below a path', async () => {
  const server = await startApiServer({
    objects: recorded('live-node-a/objects.json'),
    exec: () => ({ stdout: 'ok' }),
  });
  const plain = await startApiServer({
    objects: recorded('live-node-a/objects.json'),
    exec: () => ({ stdout: 'ok' }),
    certificate: 'none',
  });
  const proxy = await startProxy({ login: 'a:b', leadsTo: '127.0.0.1' });
  const user = { token: 'admin-token' };
  const kubeconfig = writeKubeconfig(join(server.directory, 'proxied'), {
    cluster: {
      server: `https://kubernetes.test:${server.port}`,
      'certificate-authority': server.pki.caFile,
      'proxy-url': `http://a:b@${proxy.host}`,
    },
    user,
  });
  const world = { env: {} };
  const command = ['x'];
  const proxied = await openApiServer({ kubeconfig }, { world });
  assert.equal(text((await proxied.exec({ ...pod, command })).stdout), 'ok');
  await proxied.get('/api/v1/nodes');
  await proxied.get('/api/v1/nodes');
  assert.deepEqual(proxy.asked, Array(2).fill(`CONNECT kubernetes.test:${server.port}`));
  const local = await openApiServer({ kubeconfig: plain.kubeconfig }, { world });
  assert.equal(text((await local.exec({ ...pod, command })).stdout), 'ok');
  const below = await openApiServer(
    { kubeconfig: server.kubeconfig, server: `${server.url}/k8s/clusters/c-1/` },
    { world },
  );
  await assert.rejects(below.exec({ ...pod, command }), { code: 'API_NOT_FOUND' });
  await assert.rejects(below.list('/api/v1/nodes'), { code: 'API_NOT_FOUND' });
  const [exec, list] = server.requests.slice(-2);
  assert.equal(exec?.path, '/k8s/clusters/c-1/api/v1/namespaces/kube-system/pods/kube-proxy-2m9c4/exec');
  assert.equal(list?.path, '/k8s/clusters/c-1/api/v1/nodes');
  await Promise.all([proxied, local, below].map((api) => api.close()));
  await Promise.all([server, plain, proxy].map((it) => it.close()));
});

test('a busy server is asked again', async () => {
  let faults = 1;
  const status = { code: 429, reason: 'TooManyRequests', message: 'slow down' };
  await withExec(
    () => ({ stdout: 'ok' }),
    async (api) => assert.equal(text((await api.exec({ ...pod, command: ['x'] })).stdout), 'ok'),
    { fault: () => (faults-- > 0 ? { status, retryAfter: 0 } : undefined) },
  );
});

test('an abort and a close end the session on the server', async () => {
  await withExec(
    () => ({ stdout: 'abc', end: 'stall' }),
    async (api, server) => {
      const interrupt = new AbortController();
      const running = api.exec({ ...pod, command: ['x'] }, { signal: interrupt.signal });
      while (server.sessions === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      interrupt.abort(new Error('interrupted'));
      await assert.rejects(running, { message: 'interrupted' });
      const another = api.exec({ ...pod, command: ['x'] });
      another.catch(() => {});
      while (server.sessions === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await api.close();
      await assert.rejects(another, { code: 'CLUSTER_CLOSED' });
      while (server.sessions > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  );
});

test('a pod that is deleted meanwhile breaks its session', async () => {
  await withExec(
    () => ({ stdout: 'abc', end: 'stall' }),
    async (api, server) => {
      const metadata = { name: 'mine', namespace: 'kube-system' };
      const spec = { containers: [{ name: 'c' }] };
      await api.create('/api/v1/namespaces/kube-system/pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
      const running = api.exec({ namespace: 'kube-system', pod: 'mine', container: 'c', command: ['x'] });
      while (server.sessions === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await api.delete('/api/v1/namespaces/kube-system/pods/mine');
      assert.match((await running).broken ?? '', /before the exit status/);
    },
  );
});

test('200 MB come whole, in time that grows with their size only', async () => {
  const block = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < block.length; at += 4) block.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  const blocks = function* (count: number) {
    for (let i = 0; i < count; i++) yield block;
  };
  const expected = createHash('sha256');
  for (const each of blocks(200)) expected.update(each);
  await withExec(
    ({ command }) => ({ stdout: blocks(Number(command[0])) }),
    async (api) => {
      await api.exec({ ...pod, command: ['1'] });
      const timed = async (megabytes: number) => {
        const started = performance.now();
        const output = await api.exec({ ...pod, command: [String(megabytes)] });
        return { ms: performance.now() - started, output };
      };
      const small = await timed(25);
      const large = await timed(200);
      assert.equal(large.output.broken, undefined);
      assert.equal(large.output.stdout.length, 200 * 1024 * 1024);
      assert.equal(createHash('sha256').update(large.output.stdout).digest('hex'), expected.digest('hex'));
      // Eight times as much; a busy machine is given three times as long, quadratic would be 64 times.
      assert.ok(large.ms < small.ms * 24 + 3000, `25 MB: ${small.ms} ms, 200 MB: ${large.ms} ms`);
    },
  );
});

let namespace: ReturnType<typeof openNamespace> | undefined;
const whyNot = whyNoNamespace();
before(() => {
  if (whyNot === undefined) namespace = openNamespace();
});
after(() => namespace?.close());

test('the real iptables-save, in a namespace of its own', { skip: whyNot ?? false }, async () => {
  assert.ok(namespace !== undefined);
  const { status } = namespace.run([
    'iptables',
    '-t',
    'nat',
    '-A',
    'PREROUTING',
    '-m',
    'comment',
    '--comment',
    'ours',
    '-j',
    'ACCEPT',
  ]);
  assert.equal(status, 0);
  const within = namespace;
  await withExec(
    ({ command }) => {
      const { status, stdout, stderr } = within.run(command);
      return { status: status ?? 1, stdout, stderr };
    },
    async (api) => {
      const { stdout, status } = await api.exec({ ...pod, command: ['iptables-save'] });
      assert.equal(status, 0);
      assert.match(text(stdout), /-A PREROUTING -m comment --comment ours -j ACCEPT\nCOMMIT\n# Completed on/);
    },
  );
});

test('commands are really run', async () => {
  await withExec(runsCommands(), async (api) => {
    const run = async (...command: string[]) => {
      const { stdout, ...rest } = await api.exec({ ...pod, command });
      return { ...rest, stdout: text(stdout) };
    };
    assert.deepEqual(await run('printf', '%s', 'a  b'), { status: 0, stdout: 'a  b', stderr: '', broken: undefined });
    assert.deepEqual(await run('sh', '-c', 'echo e >&2; exit 4'), {
      status: 4,
      stdout: '',
      stderr: 'e\n',
      broken: undefined,
    });
    assert.equal((await run('no-such-program')).status, 127);
  });
});
