// The whole way: real rules in a kernel's namespace, the real iptables-save behind exec, the API server, the verdict.
// Every source that goes through the cluster reads the same rules of the same node.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { runsCommands } from '../api-server/index.ts';
import { cli, documentOf, recorded, recordedText } from '../commands/cli.ts';
import { liveCluster, on } from '../commands/live-cluster.ts';
import { type Namespace, openNamespace, whyNoNamespace } from './namespace.ts';

const skip = whyNoNamespace() ?? false;

/** A node whose kernel holds the recorded rules. */
function kernelWith(context: TestContext, folder: string): Namespace {
  const kernel = openNamespace();
  context.after(() => kernel.close());
  for (const [program, file] of [
    ['iptables-restore', 'iptables-save.txt'],
    ['ip6tables-restore', 'ip6tables-save.txt'],
  ] as const) {
    // Not every kernel has nfacct.
    const text = recordedText(`${folder}/${file}`).replaceAll(/^.*--nfacct-name.*\n/gm, '');
    const { status, stderr } = kernel.run([program], text);
    assert.equal(status, 0, stderr);
  }
  return kernel;
}

const saved = [
  ...['--rules', recorded('live-node-a/iptables-save.txt')],
  ...['--rules6', recorded('live-node-a/ip6tables-save.txt')],
  ...['--objects', recorded('live-node-a/objects.json'), '--node-name', 'node-a'],
];

for (const source of ['proxy-pod', 'debug-pod', 'auto']) {
  test(`${source}: real iptables-save behind exec, as from the recorded text`, { skip }, async (context) => {
    const kernel = kernelWith(context, 'live-node-a');
    const server = await liveCluster(context, { exec: runsCommands(kernel.prefix) });
    const verb = ['backends', '-o', 'json'];
    const live = await cli([...verb, ...on(server), '--node', 'node-a', '--source', source]);
    const file = await cli([...verb, ...saved]);
    assert.deepEqual(documentOf(live).items, documentOf(file).items, live.stderr);
    const messages = (run: typeof live) => documentOf(run).findings.map(({ code, message }) => `${code} ${message}`);
    assert.deepEqual(messages(live), messages(file));
    assert.equal(live.exitCode, file.exitCode);
    assert.deepEqual(server.livePods(), []);
  });
}

test('reading a node changes nothing in its kernel', { skip }, async (context) => {
  const kernel = kernelWith(context, 'live-node-a');
  const state = () => {
    const text = kernel.run(['nft', 'list', 'tables']).stdout + kernel.run(['iptables-save']).stdout;
    return text.replaceAll(/^#.*$/gm, '');
  };
  const before = state();
  const server = await liveCluster(context, { exec: runsCommands(kernel.prefix) });
  const run = await cli(['explain', 'default/web', ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  assert.match(run.stdout, /default\/web/, run.stderr);
  assert.equal(state(), before);
});
