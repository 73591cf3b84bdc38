// `capture` and `cleanup` against a live cluster: every verb answers from what was saved as it did live, nobody else can
// read it, and nothing stays behind.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { podObject } from '../sources/pod-objects.ts';
import { cli, documentOf } from './cli.ts';
import { furtherNodes, liveCluster, liveObjects, on, recordedNode } from './live-cluster.ts';

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'kpr-capture-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const verbs = [
  ['explain', 'default/web'],
  ['explain', 'pod/web-b978ccd84-7qxf4', '-o', 'json'],
  ['explain', 'nodeport/30180'],
  ['explain', '10.96.137.5:80', '-o', 'wide'],
  ['explain', 'KUBE-SERVICES'],
  ['backends', '-o', 'json'],
  ['graph', 'shop/cart'],
  ['graph', '-o', 'json'],
] as const;

for (const out of ['node-a.tgz', 'node-a']) {
  test(`${out}: every verb reads it with the same result as live`, async (context) => {
    const server = await liveCluster(context);
    const path = join(folder(context), out);
    const flags = [...on(server), '--node', 'node-a', '--source', 'proxy-pod'];
    const saved = await cli(['capture', ...flags, '--out', path]);
    assert.equal(saved.exitCode, 0, saved.stderr);
    for (const verb of verbs) {
      const live = await cli([...verb, ...flags]);
      const again = await cli([...verb, '--capture', path]);
      assert.equal(again.stdout, live.stdout, verb.join(' '));
      assert.equal(again.exitCode, live.exitCode);
      assert.notEqual(live.stdout, '');
    }
  });
}

test('only the owner may read it, and it holds no environment of a pod', async (context) => {
  const secret = 'hunter2-in-an-environment';
  const pods = [
    podObject({
      name: 'db',
      namespace: 'default',
      spec: { containers: [{ name: 'db', env: [{ name: 'P', value: secret }] }] },
    }),
  ];
  const server = await liveCluster(context, { objects: [...liveObjects(), ...pods] });
  const path = join(folder(context), 'c');
  await cli(['capture', ...on(server), '--node', 'node-a', '--source', 'proxy-pod', '--out', path]);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  for (const file of readdirSync(path)) {
    assert.equal(statSync(join(path, file)).mode & 0o777, 0o600, file);
    assert.ok(!readFileSync(join(path, file), 'utf8').includes(secret), file);
  }
  assert.match(readFileSync(join(path, 'objects.json'), 'utf8'), /"name":"db"/);
});

test('redacted: no name or address of the cluster, and the same verdicts', async (context) => {
  const server = await liveCluster(context);
  const path = join(folder(context), 'r');
  const flags = [...on(server), '--node', 'node-a', '--source', 'proxy-pod'];
  assert.equal((await cli(['capture', ...flags, '--redact', '--out', path])).exitCode, 0);
  for (const file of readdirSync(path)) {
    assert.doesNotMatch(
      readFileSync(join(path, file), 'utf8'),
      /web-b978ccd84|10\.96\.137\.5|10\.244\.0\.3|shop\//,
      file,
    );
  }
  const shares = async (more: readonly string[]) =>
    documentOf(await cli(['backends', '-o', 'json', ...more]))
      .items?.map(
        ({ family, protocol, backends }) =>
          `${family} ${protocol} ${backends.map(({ probability, state }) => `${probability} ${state}`).sort()}`,
      )
      .sort();
  assert.deepEqual(await shares(['--capture', path]), await shares(flags));
});

test('several nodes: each in a folder of its own; exit 3 where one could not be read', async (context) => {
  const server = await liveCluster(context, {
    objects: [...liveObjects(), ...furtherNodes(['node-c'])],
    exec: (call) => (call.node === 'node-c' ? { failure: 'no route to host' } : recordedNode(call)),
  });
  const path = join(folder(context), 'all');
  const run = await cli(['capture', ...on(server), '--all-nodes', '--source', 'proxy-pod', '--out', path]);
  assert.equal(run.exitCode, 3);
  assert.match(run.stdout, /node-c .*unreadable.*no route to host/);
  assert.deepEqual(readdirSync(path).sort(), ['node-a', 'node-b']);
  assert.equal((await cli(['explain', 'default/web', '--capture', join(path, 'node-b')])).exitCode, 0);
});

test('what is there is not written over', async (context) => {
  const server = await liveCluster(context);
  const args = [
    'capture',
    ...on(server),
    '--node',
    'node-a',
    '--source',
    'proxy-pod',
    '--out',
    join(folder(context), 'c.tgz'),
  ];
  assert.equal((await cli(args)).exitCode, 0);
  const again = await cli(args);
  assert.equal(again.exitCode, 5);
  assert.match(again.stderr, /is there already/);
});

const labels = { 'app.kubernetes.io/managed-by': 'kubectl-proxyrules' };
const ended = podObject({ name: 'ended', labels, phase: 'Failed' });
const running = podObject({ name: 'running', labels, spec: { activeDeadlineSeconds: 999_999_999 } });
const stranger = podObject({ name: 'stranger' });

test('cleanup shows what was left, removes it when told, and leaves what may be in use and what is not ours', async (context) => {
  const server = await liveCluster(context, { objects: [ended, running, stranger] });
  const names = () =>
    server.store
      .select({ plural: 'pods', kind: 'Pod', apiVersion: 'v1', namespaced: true })
      .map(({ metadata }) => metadata.name)
      .sort();
  const shown = await cli(['cleanup', ...on(server)]);
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(shown.stdout, /ended .* left/);
  assert.match(shown.stdout, /running .* left: may be in use/);
  assert.match(shown.stdout, /cleanup --yes removes/);
  assert.doesNotMatch(shown.stdout, /stranger/);
  assert.deepEqual(names(), ['ended', 'running', 'stranger']);
  assert.match((await cli(['cleanup', ...on(server), '--yes'])).stdout, /ended .* removed/);
  assert.deepEqual(names(), ['running', 'stranger']);
  await cli(['cleanup', ...on(server), '--yes', '--force']);
  assert.deepEqual(names(), ['stranger']);
  assert.match((await cli(['cleanup', ...on(server)])).stdout, /No debug pods of kubectl-proxyrules in all namespaces/);
});

test('cleanup that is forbidden says what to ask', async (context) => {
  const server = await liveCluster(context, { forbid: () => true });
  const run = await cli(['cleanup', ...on(server)]);
  assert.equal(run.exitCode, 3);
  assert.match(run.stderr, /kubectl auth can-i list pods/);
});
