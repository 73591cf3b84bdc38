// Whole verbs against a live cluster: the same answer as from the saved text, only what is needed asked, and a faulty
// node or API server told in a sentence, never in a verdict.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiObject, type ExecCall, notThere, type ServerOptions } from '../api-server/index.ts';
import { cli, documentOf, recorded } from './cli.ts';
import { furtherNodes, liveCluster, liveObjects, on, recordedNode } from './live-cluster.ts';

const saved = [
  ...['--rules', recorded('live-node-a/iptables-save-c.txt')],
  ...['--rules6', recorded('live-node-a/ip6tables-save.txt')],
  ...['--objects', recorded('live-node-a/objects.json'), '--node-name', 'node-a'],
];

const questions = [
  ['explain', 'default/web'],
  ['explain', 'shop/none'],
  ['explain', 'shop/cart', '-o', 'wide'],
  ['explain', 'pod/web-b978ccd84-7qxf4'],
  ['explain', 'KUBE-SERVICES'],
  ['backends'],
  ['backends', 'shop/hinted'],
  ['graph', 'default/web'],
] as const;

for (const question of questions) {
  test(`${question.join(' ')}: live as from the saved text`, async (context) => {
    const server = await liveCluster(context);
    const live = await cli([...question, ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
    const file = await cli([...question, ...saved]);
    assert.equal(live.exitCode, file.exitCode, live.stderr);
    assert.equal(live.stdout, file.stdout);
    assert.deepEqual(server.livePods(), []);
  });
}

test('every Service: live, where only it is read, as from the saved text with all objects', async (context) => {
  const server = await liveCluster(context);
  const services = (liveObjects() as readonly ApiObject[]).filter(({ kind }) => kind === 'Service');
  for (const { metadata } of services) {
    const question = ['explain', `${metadata.namespace}/${metadata.name}`, '-o', 'wide'];
    const live = await cli([...question, ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
    const file = await cli([...question, ...saved]);
    assert.equal(live.stdout, file.stdout, live.stderr);
    assert.equal(live.exitCode, file.exitCode);
  }
  assert.ok(services.length > 30);
});

test('explain of one Service lists neither all Services nor all pods', async (context) => {
  const server = await liveCluster(context);
  await cli(['explain', 'default/web', ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  const paths = server.requests.map(({ method, path }) => `${method} ${path}`);
  assert.ok(paths.includes('GET /api/v1/namespaces/default/services/web'), paths.join('\n'));
  assert.ok(!paths.includes('GET /api/v1/services'));
  for (const { path, query } of server.requests) {
    // The pods of the Service's selector, and those of the node to find kube-proxy's.
    if (path.endsWith('/pods')) assert.ok(query.has('labelSelector') || query.has('fieldSelector'), path);
  }
});

test('a Service that is not there: what is near, as from the saved text', async (context) => {
  const server = await liveCluster(context);
  const live = await cli(['explain', 'default/wbe', ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  const file = await cli(['explain', 'default/wbe', ...saved]);
  assert.equal(
    live.stderr.split('\n').find((line) => line.startsWith('error')),
    file.stderr.split('\n')[0],
  );
  assert.equal(live.exitCode, file.exitCode);
});

test('without --node one is picked, and said', async (context) => {
  const server = await liveCluster(context);
  const { stderr, exitCode } = await cli(['explain', 'default/web', ...on(server)]);
  assert.match(stderr, /looking at node node-a: the first by name; choose with --node/);
  assert.match(stderr, /node-a: read by proxy-pod/);
  assert.equal(exitCode, 0, stderr);
});

test('a pod is looked at on its own node', async (context) => {
  const server = await liveCluster(context);
  const { stderr } = await cli(['explain', 'pod/web-b978ccd84-pgbwc', ...on(server)]);
  assert.match(stderr, /looking at node node-b: the node of the pod/);
});

test('auto falls back to a debug pod, says so, and removes it', async (context) => {
  const inDebugPod = (call: ExecCall) =>
    call.pod.startsWith('kube-proxy-') ? { failure: notThere(call.command[0] ?? '') } : recordedNode(call);
  const server = await liveCluster(context, { exec: inDebugPod });
  const { stderr, exitCode } = await cli(['explain', 'default/web', ...on(server), '--node', 'node-a']);
  assert.match(stderr, /node-a: not by proxy-pod: /);
  assert.match(stderr, /node-a: read by debug-pod/);
  assert.equal(exitCode, 0, stderr);
  assert.equal(server.createdPods.length, 1);
  assert.deepEqual(server.livePods(), []);
});

interface Fault {
  readonly name: string;
  readonly options: ServerOptions;
  readonly exitCode: number;
  readonly sentence: RegExp;
  readonly flags?: readonly string[];
}

const faults: readonly Fault[] = [
  {
    name: 'exec forbidden',
    options: { forbid: ({ resource }) => resource === 'pods/exec' },
    exitCode: 3,
    sentence: /kubectl auth can-i get pods\/kube-proxy-2m9c4 --subresource=exec/,
  },
  {
    name: 'everything forbidden',
    options: { forbid: () => true },
    exitCode: 4,
    sentence: /kubectl auth can-i/,
  },
  // Beside rules alone, every backend would look stale and every Service gone.
  {
    name: 'Services forbidden',
    options: { forbid: ({ resource }) => resource === 'services' },
    exitCode: 4,
    sentence: /forbids .* to get services .*\n.*kubectl auth can-i get services\/web -n default .*--no-cluster/,
  },
  {
    name: 'EndpointSlices forbidden',
    options: { forbid: ({ resource }) => resource === 'endpointslices' },
    exitCode: 4,
    sentence: /kubectl auth can-i list endpointslices.discovery.k8s.io -n default/,
  },
  {
    name: 'an API server that answers 500',
    options: { fault: () => ({ status: { code: 500, reason: 'InternalError', message: 'etcd is away' } }) },
    exitCode: 4,
    sentence: /etcd is away/,
  },
  {
    name: 'a stranger\u2019s certificate',
    options: { certificate: 'stranger' },
    exitCode: 4,
    sentence: /certificate/,
  },
];

for (const { name, options, exitCode, sentence, flags = [] } of faults) {
  test(`${name}: exit ${exitCode}, one sentence, no verdict, no pod left`, async (context) => {
    const server = await liveCluster(context, options);
    const args = ['explain', 'default/web', ...on(server), '--node', 'node-a', '--source', 'proxy-pod', ...flags];
    const run = await cli(args);
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.match(run.stderr, sentence);
    assert.match(run.stderr, /^error: /m);
    assert.doesNotMatch(run.stderr, /\n\s+at /);
    assert.equal(run.stdout, '');
    assert.deepEqual(server.livePods(), []);
  });
}

const ends = ['status', 'cut', 'close', 'stall'] as const;

for (const end of ends) {
  test(`half a dump, and then ${end}: exit 3, KPR902, unknown`, async (context) => {
    const server = await liveCluster(context, {
      exec: (call) => {
        const reply = recordedNode(call);
        return reply.failure === undefined ? { ...reply, after: 5000, end } : reply;
      },
    });
    const args = ['explain', 'default/web', ...on(server), '--node', 'node-a', '--timeout', '3s'];
    const run = await cli([...args, '--source', 'proxy-pod', '-o', 'json']);
    assert.equal(run.exitCode, 3, run.stderr);
    if (run.stdout !== '') {
      const { verdict, findings } = documentOf(run);
      assert.equal(verdict?.state, 'unknown');
      assert.deepEqual([...new Set(findings.map(({ code }) => code))], ['KPR902']);
    } else assert.match(run.stderr, /^error: /m);
  });
}

test('pods that are forbidden cost their names: said, and the answer is whole', async (context) => {
  const server = await liveCluster(context, {
    forbid: ({ resource, verb, namespace }) => resource === 'pods' && verb === 'list' && namespace === 'default',
  });
  const explain = (target: string) =>
    cli(['explain', target, ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  const run = await explain('default/web');
  assert.match(run.stderr, /kubectl auth can-i list pods -n default/);
  assert.match(run.stdout, /^REACHABLE: default\/web:http/);
  assert.equal(run.exitCode, 0);
});

test('nodes that are forbidden: of a named one the zone is told by the rules, and the answer is incomplete', async (context) => {
  const server = await liveCluster(context, { forbid: ({ resource }) => resource === 'nodes' });
  const explain = (target: string) =>
    cli(['explain', target, ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  const hinted = await explain('shop/hinted');
  assert.match(hinted.stdout, /^REACHABLE: .*topology hints keep it in zone-a/);
  assert.match(hinted.stderr, /taken to be in zone zone-a/);
  assert.equal(hinted.exitCode, 3);
  const plain = await explain('default/web');
  assert.match(plain.stderr, /kubectl auth can-i get nodes\/node-a/);
  assert.equal(plain.exitCode, 0);
});

test('several nodes: an unreadable one is a row, the others are answered', async (context) => {
  const objects = [...liveObjects(), ...furtherNodes(['node-c', 'node-d'])];
  const exec = (call: ExecCall) => (call.node === 'node-c' ? { failure: 'no route to host' } : recordedNode(call));
  const server = await liveCluster(context, { objects, exec });
  const args = ['backends', ...on(server), '--all-nodes', '--source', 'proxy-pod'];
  const json = documentOf(await cli([...args, '-o', 'json'])) as unknown as {
    nodes: { name: string; state: string; note: string }[];
    items: { node: string }[];
  };
  assert.deepEqual(
    json.nodes.map(({ name, state }) => `${name} ${state}`),
    ['node-a READ', 'node-b READ', 'node-c UNREADABLE', 'node-d READ'],
  );
  assert.deepEqual([...new Set(json.items.map(({ node }) => node))].sort(), ['node-a', 'node-b', 'node-d']);
  const { exitCode, stdout } = await cli(args);
  assert.notEqual(exitCode, 0);
  assert.match(stdout, /node-c .*UNREADABLE.*no program could save/);
});

test('objects are listed once before and once after, however many nodes; never more sessions than --concurrency', async (context) => {
  const names = Array.from({ length: 28 }, (_, at) => `worker-${at}`);
  let most = 0;
  const busy = new Map<string, number>();
  const server = await liveCluster(context, {
    objects: [...liveObjects(), ...furtherNodes(names)],
    exec: async (call) => {
      const { node = '' } = call;
      busy.set(node, (busy.get(node) ?? 0) + 1);
      most = Math.max(most, [...busy.values()].filter((sessions) => sessions > 0).length);
      await sleep(5);
      busy.set(node, (busy.get(node) ?? 0) - 1);
      return recordedNode(call);
    },
  });
  const args = ['backends', 'default/web', ...on(server), '--all-nodes', '--source', 'proxy-pod', '--concurrency', '4'];
  const run = await cli([...args, '-o', 'json']);
  assert.equal(new Set(documentOf(run).items?.map(({ node }) => node)).size, 30, run.stderr);
  assert.equal(server.requests.filter(({ path }) => path === '/api/v1/services').length, 2);
  assert.ok(most <= 4, `${most} nodes at once`);
  assert.ok(most > 1, 'one node after the other');
});

test('a cluster that moves while the node is read is no one\u2019s fault', async (context) => {
  const server = await liveCluster(context, {
    exec: (call) => {
      const slices = server.store.select(
        { plural: 'endpointslices', kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', namespaced: true },
        { namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' },
      );
      // As the API has it before, the rules are wrong; afterwards nobody knows.
      for (const slice of slices) server.store.put({ ...slice, endpoints: [] });
      return recordedNode(call);
    },
  });
  const run = await cli(['explain', 'default/web', ...on(server), '--node', 'node-a', '--source', 'proxy-pod']);
  assert.match(run.stderr, /changed while the node was read, so ask again: default\/web/);
  assert.equal(run.exitCode, 3);
  assert.match(run.stdout, /^UNKNOWN: default\/web changed while the node was read/);
  assert.doesNotMatch(run.stdout, /critical|warning/);
});

test('how many nodes are read is counted on a terminal, and nowhere else', async (context) => {
  const server = await liveCluster(context);
  const args = ['backends', 'default/web', ...on(server), '--all-nodes'];
  const { stderr } = await cli(args, { isErrorTerminal: true });
  assert.ok(stderr.startsWith('\r0/2 nodes read'), stderr);
  assert.ok(stderr.includes('\r2/2 nodes read\n'));
  assert.ok(stderr.includes('\r\u001b[Knote: node-a: read by proxy-pod\n'));
  assert.doesNotMatch((await cli(args)).stderr, /\r|\[K|nodes read/);
});

suite('a family that the node does not tell', () => {
  const withoutIPv6: ServerOptions = {
    exec: (call) =>
      call.command.some((word) => word.includes('ip6tables'))
        ? { stdout: '', stderr: 'no such table', status: 3 }
        : recordedNode(call),
  };

  test('is no part of a verdict that all is well, where a Service has it', async (context) => {
    const server = await liveCluster(context, withoutIPv6);
    const explain = async (name: string) => {
      const run = await cli([
        ...['explain', name, ...on(server), '--node', 'node-a', '--source', 'proxy-pod', '-o', 'json'],
      ]);
      return { ...run, verdict: documentOf(run).verdict };
    };
    const why =
      /^IPv6 was not judged: the IPv6 rules of the node could not be read: .*no such table.*; .* is reachable/;
    for (const dual of ['default/web', 'default/web:http', 'pod/web-b978ccd84-7qxf4']) {
      const { exitCode, stderr, verdict } = await explain(dual);
      assert.equal(exitCode, 3, dual);
      assert.match(stderr, /IPv6 was not looked at: .*no such table/);
      assert.equal(verdict?.state, 'unknown', dual);
      assert.equal(verdict?.cause, 'node', dual);
      assert.match(verdict?.sentence ?? '', dual.startsWith('pod/') ? /^IPv6 was not judged: .*no such table/ : why);
    }
    const single = await explain('shop/single');
    assert.equal(single.exitCode, 0, single.stderr);
    assert.equal(single.verdict?.state, 'reachable');
    // An address is of one family.
    assert.equal((await explain('10.96.137.5:80')).verdict?.state, 'reachable');
    const only = await explain('shop/v6');
    assert.equal(only.verdict?.state, 'unknown');
    assert.match(only.verdict?.sentence ?? '', /has IPv6 cluster IPs only .* could not be read: .*no such table/);
    assert.match((await explain('[fd00:96::f0a3]:80')).verdict?.sentence ?? '', /could not be read: .*no such table/);
  });

  test('is not judged from a capture of the node either', async (context) => {
    const server = await liveCluster(context, withoutIPv6);
    const out = mkdtempSync(join(tmpdir(), 'proxyrules-gap-'));
    context.after(() => rmSync(out, { recursive: true }));
    const capture = join(out, 'node-a');
    await cli(['capture', ...on(server), '--node', 'node-a', '--source', 'proxy-pod', '--out', capture]);
    for (const [target, state, exitCode] of [
      ['default/web', 'unknown', 3],
      ['shop/single', 'reachable', 0],
    ] as const) {
      const run = await cli(['explain', target, '--capture', capture, '-o', 'json']);
      assert.equal(documentOf(run).verdict?.state, state, run.stdout);
      assert.equal(run.exitCode, exitCode, run.stderr);
    }
  });
});

test('Ctrl-C while the debug pod works: 130, and the pod is gone', async (context) => {
  const interruption = new AbortController();
  const server = await liveCluster(context, {
    exec: (call) => {
      if (call.command[0] === 'iptables-save') setTimeout(() => interruption.abort(), 50);
      return { ...recordedNode(call), after: 10, end: 'stall' };
    },
  });
  const args = ['explain', 'default/web', ...on(server), '--node', 'node-a', '--source', 'debug-pod'];
  const run = await cli(args, { interrupted: interruption.signal });
  assert.equal(run.exitCode, 130, run.stderr);
  assert.equal(run.stdout, '');
  assert.equal(server.createdPods.length, 1);
  assert.deepEqual(server.livePods(), []);
});

/** The recorded cluster, whose kube-proxies go by a name of their own. */
function withHostnameOverride(name: string): readonly unknown[] {
  return (liveObjects() as readonly ApiObject[]).map((object) =>
    object.kind === 'ConfigMap' && object.metadata.name === 'kube-proxy'
      ? { ...object, data: { 'config.conf': `kind: KubeProxyConfiguration\nhostnameOverride: ${name}\n` } }
      : object,
  );
}

test("kube-proxy's own name for its node decides what is local, live and from a capture", async (context) => {
  const server = await liveCluster(context, { objects: withHostnameOverride('NODE-X') });
  const flags = [...on(server), '--node', 'node-a', '--source', 'proxy-pod'];
  const live = await cli(['explain', 'edge/np-local', ...flags, '-o', 'json']);
  assert.equal(documentOf(live).meta.node, 'node-x');
  const right = await cli([
    'explain',
    'edge/np-local',
    ...on(await liveCluster(context)),
    '--node',
    'node-a',
    '-o',
    'json',
  ]);
  assert.notDeepEqual(documentOf(live).verdict, documentOf(right).verdict);

  const folder = mkdtempSync(join(tmpdir(), 'kpr-override-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'c.tgz');
  assert.equal((await cli(['capture', ...flags, '--out', path])).exitCode, 0);
  const again = await cli(['explain', 'edge/np-local', '--capture', path, '-o', 'json']);
  // A capture has all Services, so that more is known of the node's zone: only the notes may tell that.
  const { meta: _, ...told } = documentOf(again);
  const { meta: __, ...toldLive } = documentOf(live);
  assert.deepEqual(told, toldLive);
});

test('--kube-proxy-config beats what the API has', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'kpr-override-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, 'kind: KubeProxyConfiguration\nhostnameOverride: node-a\n');
  const server = await liveCluster(context, { objects: withHostnameOverride('NODE-X') });
  const live = await cli(['backends', ...on(server), '--node', 'node-a', '--kube-proxy-config', config, '-o', 'json']);
  assert.equal(documentOf(live).meta.node, 'node-a');
});
