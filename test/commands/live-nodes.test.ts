// `explain` and `graph` of several live nodes: one verdict that says how many share it, every node a row, and the JSON
// that programs read.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { ExecCall, ExecReply } from '../api-server/index.ts';
import { cli, type Document, documentOf, type Outcome, onRecording } from './cli.ts';
import { furtherNodes, liveCluster, liveObjects, on, recordedNode } from './live-cluster.ts';

interface NodeEntry {
  readonly name: string;
  readonly state: string;
  readonly verdict?: { readonly state: string; readonly cause: string; readonly sentence: string };
  readonly source: string;
  readonly note: string;
}

/** The lists of the contract with the fields that several nodes add. */
type NodesDocument = Omit<Document, 'frontends' | 'backends' | 'rules'> & {
  readonly nodes: readonly NodeEntry[];
  readonly frontends: readonly { readonly node: string }[];
  readonly backends: readonly { readonly node: string; readonly onNode: string }[];
  readonly rules: readonly { readonly node: string }[];
};

function nodesDocument(run: Outcome): NodesDocument {
  return documentOf(run) as unknown as NodesDocument;
}

/** As recorded before one pod was replaced by the one that the API has now: a backend of `default/web` is stale. */
function frozen(call: ExecCall): ExecReply {
  const reply = recordedNode(call);
  if (reply.stdout === undefined) return reply;
  return { ...reply, stdout: Buffer.from(reply.stdout.toString().replaceAll('10.244.0.3', '10.244.0.99')) };
}

function unreadable(): ExecReply {
  return { failure: 'no route to host' };
}

type Behaviours = Readonly<Record<string, (call: ExecCall) => ExecReply>>;

/** node-a and node-b are as recorded, further nodes as told. */
async function ask(context: TestContext, behaviours: Behaviours, args: readonly string[]): Promise<Outcome> {
  const further = Object.keys(behaviours).filter((name) => name !== 'node-a' && name !== 'node-b');
  const server = await liveCluster(context, {
    objects: [...liveObjects(), ...furtherNodes(further)],
    exec: (call) => (behaviours[call.node ?? ''] ?? recordedNode)(call),
  });
  return cli([...args, ...on(server), '--source', 'proxy-pod']);
}

suite('explain of several nodes', () => {
  test('that agree: the verdict counts them, exit 0', async (context) => {
    const run = await ask(context, {}, ['explain', 'default/web', '--all-nodes']);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match(run.stdout, /^REACHABLE: default\/web is reachable on 2 nodes \(node-a and node-b\)\n/);
    assert.match(run.stdout, /^ {2}NODE +VERDICT +CAUSE +SOURCE +NOTE\n {2}node-a +REACHABLE +- +proxy-pod/m);
    assert.match(run.stdout, /^node-b\n {2}REACHABLE: default\/web:http is reachable on node-b: /m);
    assert.match(run.stdout, /^Ways in on node-b$/m);
    assert.equal(run.stdout.match(/look beyond kube-proxy/g)?.length, 1, 'told once');
  });

  test('one frozen: it decides, its kube-proxy is meant, exit 1', async (context) => {
    const run = await ask(context, { 'node-c': frozen }, ['explain', 'default/web', '--all-nodes']);
    assert.equal(run.exitCode, 1, run.stderr);
    const [verdict = ''] = run.stdout.split('\n');
    assert.match(verdict, /^DEGRADED: default\/web is degraded on 1 of 3 nodes: node-c: 25 % of new connections/);
    assert.match(verdict, /; reachable on node-a and node-b; this points to the kube-proxy of node-c$/);
    assert.match(run.stdout, /^ {2}node-c +DEGRADED +kube-proxy +proxy-pod/m);
    assert.equal(run.stdout.match(/KPR201 critical {2}Service default\/web:http\/TCP on node-c/g)?.length, 1);
    assert.doesNotMatch(run.stdout, /KPR201 .* on node-a/);
  });

  test('all frozen alike: what feeds them is meant, not one kube-proxy', async (context) => {
    const run = await ask(context, { 'node-a': frozen, 'node-b': frozen }, ['explain', 'default/web', '--all-nodes']);
    const [verdict = ''] = run.stdout.split('\n');
    assert.match(verdict, /^DEGRADED: default\/web is degraded on 2 nodes \(node-a and node-b\): node-a: /);
    assert.match(verdict, /the same fault on every node points to what all of them are told, the API server or/);
    assert.doesNotMatch(verdict, /points to the kube-proxy/);
  });

  test('all refuse by the API: nobody is pointed at, the finding stands once', async (context) => {
    const run = await ask(context, {}, ['explain', 'shop/none', '--all-nodes', '-o', 'json']);
    const { verdict, findings } = nodesDocument(run);
    assert.equal(verdict?.cause, 'api');
    assert.doesNotMatch(verdict?.sentence ?? '', /points to/);
    const told = findings.map(({ code, subject, node }) => `${code} ${subject.port} ${node}`);
    assert.equal(new Set(told).size, told.length);
    assert.ok(findings.some(({ code, node }) => code === 'KPR112' && node === ''));
  });

  test('one unreadable: a row with its reason, no verdict that all is well, exit 3', async (context) => {
    const run = await ask(context, { 'node-c': unreadable }, ['explain', 'default/web', '--all-nodes']);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(
      run.stdout,
      /^UNKNOWN: default\/web is reachable on 2 of 3 nodes \(node-a and node-b\); node-c could not be read: .*no route to host/,
    );
    assert.match(run.stdout, /^ {2}node-c +UNREADABLE +- +- +.*no route to host/m);
  });

  test('a fault that was seen outweighs a node that was not', async (context) => {
    const nodes = { 'node-c': frozen, 'node-d': unreadable };
    const run = await ask(context, nodes, ['explain', 'default/web', '--all-nodes']);
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, /^DEGRADED: default\/web is degraded on 1 of 4 nodes: node-c: .*node-d could not be read/);
  });

  test('none readable: a row each, nothing is known, exit 3', async (context) => {
    const nodes = { 'node-a': unreadable, 'node-b': unreadable };
    const run = await ask(context, nodes, ['explain', 'default/web', '--all-nodes', '-o', 'json']);
    assert.equal(run.exitCode, 3, run.stderr);
    const { verdict, nodes: rows } = nodesDocument(run);
    assert.equal(verdict?.state, 'unknown');
    assert.match(verdict?.sentence ?? '', /^nothing is known of default\/web on 2 nodes; node-a could not be read/);
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['UNREADABLE', 'UNREADABLE'],
    );
  });

  test('JSON: one verdict, each node with its own, every list with the node', async (context) => {
    const nodes = { 'node-c': frozen, 'node-d': unreadable };
    const document = nodesDocument(await ask(context, nodes, ['explain', 'svc/web', '--all-nodes', '-o', 'json']));
    assert.deepEqual(Object.keys(document).slice(0, 3), ['apiVersion', 'kind', 'meta']);
    const fields = [
      'target',
      'verdict',
      'nodes',
      'frontends',
      'backends',
      'unused',
      'rules',
      'differences',
      'findings',
    ];
    assert.deepEqual(Object.keys(document).slice(3), fields);
    assert.equal(document.kind, 'Explain');
    assert.equal(document.target, 'svc/web');
    assert.deepEqual(Object.keys(document.verdict ?? {}), ['state', 'cause', 'sentence']);
    assert.deepEqual(
      document.nodes.map(({ name, state, verdict, source }) => [name, state, verdict?.state, verdict?.cause, source]),
      [
        ['node-a', 'READ', 'reachable', 'none', 'proxy-pod'],
        ['node-b', 'READ', 'reachable', 'none', 'proxy-pod'],
        ['node-c', 'READ', 'degraded', 'kube-proxy', 'proxy-pod'],
        ['node-d', 'UNREADABLE', undefined, undefined, ''],
      ],
    );
    const read = ['node-a', 'node-b', 'node-c'];
    for (const list of [document.frontends, document.rules]) {
      assert.deepEqual([...new Set(list.map(({ node }) => node))], read);
    }
    assert.deepEqual([...new Set(document.backends.map(({ onNode }) => onNode))], read);
    // Where its pod runs, as in the document of one node.
    assert.deepEqual([...new Set(document.backends.map(({ node }) => node))].sort(), ['', 'node-a', 'node-b']);
    assert.deepEqual([...new Set(document.findings.map(({ node }) => node))], ['node-c']);
  });

  test('one node by any flag is the document of one node', async (context) => {
    const saved = await cli(['explain', 'default/web', '-o', 'json', ...onRecording('live-node-a')]);
    const fields = Object.keys(documentOf(saved));
    for (const flags of [
      ['-l', 'kubernetes.io/hostname=node-a'],
      ['--node', 'node-a', '--node', 'node-a'],
    ]) {
      const run = await ask(context, {}, ['explain', 'default/web', '-o', 'json', ...flags]);
      assert.deepEqual(Object.keys(documentOf(run)), fields, run.stderr);
      assert.equal(Reflect.get(documentOf(run).meta, 'node'), 'node-a');
    }
  });

  test('-l takes the nodes with the labels, --node those named', async (context) => {
    const server = await liveCluster(context, { objects: [...liveObjects(), ...furtherNodes(['node-c'])] });
    const names = async (flags: readonly string[]) => {
      const args = ['explain', 'default/web', ...on(server), '--source', 'proxy-pod', '-o', 'json', ...flags];
      return nodesDocument(await cli(args)).nodes.map(({ name }) => name);
    };
    assert.deepEqual(await names(['-l', 'kubernetes.io/os=linux', '--concurrency', '2']), [
      'node-a',
      'node-b',
      'node-c',
    ]);
    assert.deepEqual(await names(['--node', 'node-c', '--node', 'node-b']), ['node-b', 'node-c']);
  });

  test('a chain that one node has: the other has a row and no fault; a name that none has is wrong usage', async (context) => {
    const chain = 'KUBE-SEP-TCD3IFXQZW3ZEZQU';
    const without = (call: ExecCall): ExecReply => {
      const reply = recordedNode(call);
      return reply.stdout === undefined
        ? reply
        : { ...reply, stdout: Buffer.from(reply.stdout.toString().replaceAll(chain, 'KUBE-SEP-AAAAAAAAAAAAAAAA')) };
    };
    const run = await ask(context, { 'node-b': without }, ['explain', chain, '--all-nodes']);
    assert.match(run.stdout, /is there on 1 of 2 nodes: node-a: .*; node-b has nothing of that name/);
    assert.match(run.stdout, /^ {2}node-b +ABSENT/m);
    const mistyped = await ask(context, {}, ['explain', 'default/wbe', '--all-nodes']);
    assert.equal(mistyped.exitCode, 2);
    assert.match(mistyped.stderr, /error: the API has no Service default\/wbe\n.*svc\/web/);
    assert.equal(mistyped.stdout, '');
  });

  test('a note of one node goes with its name', async (context) => {
    const withoutIPv6 = (call: ExecCall): ExecReply =>
      call.command.some((word) => word.includes('ip6tables'))
        ? { stdout: '', stderr: 'no such table', status: 3 }
        : recordedNode(call);
    const run = await ask(context, { 'node-b': withoutIPv6 }, ['explain', 'default/web', '--all-nodes']);
    assert.match(run.stderr, /^note: node-b: IPv6 was not looked at: /m);
    assert.match(run.stdout, /^UNKNOWN: default\/web is not decided on 1 of 2 nodes: node-b: IPv6 was not judged/);
    assert.match(run.stdout, /^ {2}node-b +UNKNOWN +node +proxy-pod +IPv6 was not looked at: /m);
    assert.equal(run.exitCode, 3);
  });
});

test('graph of several nodes: a part for each, hanging from its name; one unreadable is drawn', async (context) => {
  const args = ['graph', 'default/web', '--all-nodes'];
  const run = await ask(context, { 'node-c': unreadable }, [...args, '-o', 'json']);
  const { nodes, edges } = documentOf(run) as unknown as {
    nodes: { id: string; label: string[] }[];
    edges: { from: string; to: string }[];
  };
  assert.equal(run.exitCode, 3);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length);
  const from = (id: string) => edges.filter((edge) => edge.from === id).map(({ to }) => to);
  assert.deepEqual(from('node node-a'), [
    'node-a way IPv4 10.96.137.5:80/TCP',
    'node-a way IPv6 [fd00:96::f0a3]:80/TCP',
  ]);
  assert.ok(nodes.some(({ id }) => id === 'node-b backend 10.244.0.3:8080'));
  assert.ok(edges.every((edge) => !edge.from.startsWith('node-a') || edge.to.startsWith('node-a')));
  assert.deepEqual(nodes.find(({ id }) => id === 'node node-c')?.label, ['node-c', 'unreadable']);
  const { stdout } = await ask(context, {}, [...args, '-o', 'svg']);
  assert.match(stdout, /<svg[\s\S]*node-a[\s\S]*node-b/);
});
