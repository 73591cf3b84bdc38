// `drift` and `status` of a live cluster: what differs must last, what moves is nobody's fault, every node is a row, and
// how many nodes differ says where to look.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { ApiObject, ExecCall, ExecReply, ServerOptions, TestApiServer } from '../api-server/index.ts';
import { recordingAt } from '../proxiers/recordings.ts';
import { cli, type Outcome } from './cli.ts';
import { assertClean, driftOf, grave, statusOf } from './drift-document.ts';
import { freshPath } from './edited-run.ts';
import { furtherNodes, liveCluster, liveObjects, on, recordedNode } from './live-cluster.ts';
import { writtenNode } from './written-node.ts';

type Behaviour = (call: ExecCall) => ExecReply;
type Behaviours = Readonly<Record<string, Behaviour>>;

/** In sync: node-a as recorded, others as kube-proxy would have written them. */
function inSync(call: ExecCall): ExecReply {
  const { node = '', command } = call;
  const family = command[0] === 'iptables-save' ? 'rules' : command[0] === 'ip6tables-save' ? 'rules6' : undefined;
  if (node === 'node-a' || family === undefined) return recordedNode(call);
  const texts = written.get(node) ?? writtenNode(recordingAt('live-node-a'), node);
  written.set(node, texts);
  return { stdout: Buffer.from(texts[family]) };
}
const written = new Map<string, ReturnType<typeof writtenNode>>();

function changed(edit: (text: string) => string): Behaviour {
  return (call) => {
    const reply = inSync(call);
    return reply.stdout === undefined ? reply : { ...reply, stdout: Buffer.from(edit(reply.stdout.toString())) };
  };
}

/** A backend of shop/cart is still that of before. */
const staleCart = changed((text) => text.replaceAll('10.244.1.22:', '10.244.1.99:'));
const staleSticky = changed((text) => text.replaceAll('10.244.0.28:', '10.244.0.98:'));
const withoutKubeProxy = changed((text) => text.replace(/^.*KUBE-.*\n/gm, ''));
const unreadable: Behaviour = () => ({ failure: 'no route to host' });

const isSave = ({ command }: ExecCall) => /^ip6?tables-save$/.test(command[0] ?? '');

/** Each node's behaviour look by look; the last one stays. A look ends with the IPv6 text. */
function looks(...behaviours: readonly Behaviour[]): Behaviour {
  let look = 0;
  return (call) => {
    const reply = behaviours[Math.min(look, behaviours.length - 1)]?.(call) ?? inSync(call);
    if (call.command[0] === 'ip6tables-save') look += 1;
    return reply;
  };
}

interface Asked {
  readonly nodes?: Behaviours;
  readonly objects?: readonly unknown[];
  readonly during?: (server: TestApiServer, call: ExecCall) => void;
  readonly options?: ServerOptions;
  readonly width?: number;
}

async function ask(
  context: TestContext,
  args: readonly string[],
  { nodes = {}, objects = [], during, options = {}, width }: Asked = {},
): Promise<Outcome & { readonly server: TestApiServer; readonly saves: () => number }> {
  const further = Object.keys(nodes).filter((name) => name !== 'node-a' && name !== 'node-b');
  let saves = 0;
  let server: TestApiServer | undefined;
  server = await liveCluster(context, {
    objects: [...liveObjects(), ...furtherNodes(further), ...objects],
    exec: (call) => {
      if (isSave(call)) saves += 1;
      if (server !== undefined) during?.(server, call);
      return (nodes[call.node ?? ''] ?? inSync)(call);
    },
    ...options,
  });
  const outcome = await cli([...args, ...on(server), '--source', 'proxy-pod'], width === undefined ? {} : { width });
  return { ...outcome, server, saves: () => saves };
}

const soon = ['--settle', '50ms'];
const json = ['-o', 'json'];
const nodeA = ['--node', 'node-a'];

suite('a difference must last', () => {
  test('in sync: one look, exit 0', async (context) => {
    const run = await ask(context, ['drift', '--all-nodes', ...json]);
    assert.equal(run.exitCode, 0, run.stdout);
    assertClean(driftOf(run));
    assert.equal(run.saves(), 4);
    assert.doesNotMatch(run.stderr, /looking again/);
  });

  test('gone at the second look: no drift', async (context) => {
    const nodes = { 'node-a': looks(staleCart, inSync) };
    const run = await ask(context, ['drift', ...nodeA, ...soon, ...json], { nodes });
    assert.equal(run.exitCode, 0, run.stdout);
    assertClean(driftOf(run));
    assert.match(run.stderr, /^note: node-a differs: looking again in 0\.05 s$/m);
    assert.equal(run.saves(), 4);
  });

  test('still there: drift', async (context) => {
    const run = await ask(context, ['drift', ...nodeA, ...soon, ...json], { nodes: { 'node-a': staleCart } });
    assert.equal(run.exitCode, 1);
    assert.deepEqual(grave(driftOf(run)), ['KPR201 critical Service shop/cart']);
    assert.equal(run.saves(), 4);
  });

  test('--settle 0: the one look counts', async (context) => {
    for (const zero of ['0', '0s']) {
      const nodes = { 'node-a': looks(staleCart, inSync) };
      const run = await ask(context, ['drift', ...nodeA, '--settle', zero, ...json], { nodes });
      assert.equal(run.exitCode, 1);
      assert.equal(run.saves(), 2);
    }
  });

  test('only those that differ are looked at again', async (context) => {
    const run = await ask(context, ['drift', '--all-nodes', ...soon, ...json], { nodes: { 'node-b': staleCart } });
    assert.equal(run.saves(), 6);
    assert.match(run.stderr, /^note: node-b differs: looking again/m);
  });

  test('something else at the second look: unsettled, exit 3', async (context) => {
    const nodes = { 'node-a': looks(staleCart, staleSticky) };
    const args = ['drift', ...nodeA, ...soon];
    const run = await ask(context, [...args, ...json], { nodes });
    assert.equal(run.exitCode, 3, run.stdout);
    const { findings, nodes: rows, summary } = driftOf(run);
    assert.deepEqual(grave({ findings }), []);
    assert.match(findings[0]?.message ?? '', /^unsettled, it was not so a moment before: 10\.244\.0\.98:/);
    assert.deepEqual([rows[0]?.state, rows[0]?.note], ['SYNCED', 'what differs moved meanwhile: ask again']);
    assert.equal(summary.incomplete, 1);
    const table = await ask(context, args, { nodes: { 'node-a': looks(staleCart, staleSticky) } });
    assert.match(
      table.stdout,
      /^INCOMPLETE: nothing wrong was seen, but node-a: what differs moved meanwhile: ask again\n/,
    );
    const junit = await ask(context, [...args, '-o', 'junit'], { nodes: { 'node-a': looks(staleCart, staleSticky) } });
    assert.equal(junit.exitCode, 3);
    assert.match(
      junit.stdout,
      /<testcase classname="shop\/sticky" name="http\/TCP">\s*<skipped message="it was not so a moment before"\/>/,
    );
    assert.match(junit.stdout, /<testsuites [^>]*failures="0" errors="0" skipped="1"/);
  });

  test('unreadable at the second look: a row, exit 3', async (context) => {
    const nodes = { 'node-a': looks(staleCart, unreadable) };
    const run = await ask(context, ['drift', ...nodeA, ...soon, ...json], { nodes });
    assert.equal(run.exitCode, 3, run.stdout);
    assert.equal(driftOf(run).nodes[0]?.state, 'UNREADABLE');
  });

  test('the API caught up with the rules: no drift', async (context) => {
    const objects = [service('fresh', '10.96.10.200')];
    const run = await ask(context, ['drift', ...nodeA, ...soon, ...json], {
      objects,
      during: (server, { command }) => {
        if (command[0] === 'ip6tables-save') server.store.remove(services, 'shop', 'fresh');
      },
    });
    assert.equal(run.exitCode, 0, run.stdout);
    assertClean(driftOf(run));
  });
});

function service(name: string, clusterIP: string): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name, creationTimestamp: '2026-11-21T09:00:00Z', resourceVersion: '900000' },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ports: [{ port: 80, protocol: 'TCP' }],
    },
  };
}

const services = { plural: 'services', kind: 'Service', apiVersion: 'v1', namespaced: true };

/** Written anew, as it is: only its resourceVersion tells. */
function touch(server: TestApiServer, name: string): void {
  const found = server.store.get(services, 'shop', name);
  assert.ok(found);
  server.store.put(found);
}

suite('what moves while the node is read is unsettled', () => {
  const moving =
    (...names: readonly string[]) =>
    (server: TestApiServer, { command }: ExecCall) => {
      if (command[0] === 'iptables-save') for (const name of names) touch(server, name);
    };

  test('its Service moved: information, exit 3, a skipped case', async (context) => {
    const asked = { nodes: { 'node-a': staleCart }, during: moving('cart') };
    const args = ['drift', ...nodeA, '--settle', '0'];
    const run = await ask(context, [...args, ...json], asked);
    assert.equal(run.exitCode, 3, run.stdout);
    const { findings, summary, nodes, meta } = driftOf(run);
    assert.deepEqual(grave({ findings }), []);
    assert.match(findings[0]?.message ?? '', /^unsettled, it changed while the node was read: /);
    assert.deepEqual([summary.critical, summary.incomplete, nodes[0]?.state], [0, 1, 'SYNCED']);
    assert.ok(meta.notes.some((note) => note === 'changed while the node was read, so ask again: shop/cart'));
    const junit = await ask(context, [...args, '-o', 'junit'], asked);
    assert.match(junit.stdout, /<testcase classname="shop\/cart" name="http\/TCP">\s*<skipped /);
    assert.match(junit.stdout, /failures="0" errors="0" skipped="2"/);
  });

  test('another Service moved: what differs counts', async (context) => {
    const asked = { nodes: { 'node-a': staleCart }, during: moving('sticky') };
    const run = await ask(context, ['drift', ...nodeA, '--settle', '0', ...json], asked);
    assert.equal(run.exitCode, 1);
    assert.deepEqual(grave(driftOf(run)), ['KPR201 critical Service shop/cart']);
  });

  test('what moved agrees: nothing is open', async (context) => {
    const run = await ask(context, ['drift', ...nodeA, ...json], { during: moving('cart') });
    assert.equal(run.exitCode, 0, run.stdout);
  });

  test('a frozen node by Services of which all but one moved is none', async (context) => {
    const names = ['one', 'two', 'three'];
    const objects = names.map((name, at) => service(name, `10.96.10.${200 + at}`));
    const args = ['drift', ...nodeA, '--settle', '0', ...json];
    const still = await ask(context, args, { objects, during: moving('one') });
    assert.deepEqual(grave(driftOf(still)), ['KPR204 critical Node node-a']);
    assert.equal(still.exitCode, 1);
    const moved = await ask(context, args, { objects, during: moving('one', 'two') });
    assert.deepEqual(grave(driftOf(moved)), []);
    assert.equal(moved.exitCode, 3);
    const junit = await ask(context, [...args.slice(0, -2), '-o', 'junit'], { objects, during: moving('one', 'two') });
    assert.match(junit.stdout, /<testcase classname="node" name="rules of the node">\s*<skipped /);
    assert.match(junit.stdout, /failures="0"/);
  });
});

suite('several nodes', () => {
  const all = ['--all-nodes', ...soon];

  test('one of three: its kube-proxy is meant', async (context) => {
    const run = await ask(context, ['drift', ...all], { nodes: { 'node-c': staleCart } });
    assert.equal(run.exitCode, 1, run.stdout);
    assert.match(
      run.stdout,
      /^DRIFT: node-a, node-b and node-c: 1 finding; the rules of 103 of 105 service ports are in sync\n/,
    );
    assert.match(run.stdout, /^ *node-b +iptables +1\.36 +proxy-pod +35\/35 +SYNCED/m);
    assert.match(run.stdout, /^ *node-c +iptables +1\.36 +proxy-pod +33\/35 +STALE/m);
    assert.match(run.stdout, /; node-c of 3 nodes, the others are right, which points to kube-proxy there$/m);
  });

  test('all of them: what feeds them is meant', async (context) => {
    const nodes = { 'node-a': staleCart, 'node-b': staleCart, 'node-c': staleCart };
    const run = await ask(context, ['drift', ...all, ...json], { nodes });
    const findings = driftOf(run).findings.filter(({ severity }) => severity !== 'info');
    assert.equal(findings.length, 3);
    for (const { message } of findings) {
      assert.match(
        message,
        /; all 3 nodes are alike, which points to the API server or a controller, not to one kube-proxy$/,
      );
    }
    assert.deepEqual(
      findings.map(({ node }) => node),
      ['node-a', 'node-b', 'node-c'],
    );
  });

  test('one unreadable: a row, exit 3; with a finding elsewhere, exit 1', async (context) => {
    const run = await ask(context, ['drift', ...all, ...json], { nodes: { 'node-b': unreadable } });
    assert.equal(run.exitCode, 3, run.stdout);
    const { nodes, summary } = driftOf(run);
    assert.deepEqual(
      nodes.map(({ name, state }) => `${name} ${state}`),
      ['node-a SYNCED', 'node-b UNREADABLE'],
    );
    assert.match(nodes[1]?.note ?? '', /no route to host/);
    assert.deepEqual([summary.nodes, summary.incomplete], [2, 1]);
    const table = await ask(context, ['drift', ...all], { nodes: { 'node-b': unreadable } });
    assert.match(table.stdout, /^INCOMPLETE: nothing wrong was seen, but node-b: .*no route to host\n/);
    const both = await ask(context, ['drift', ...all, ...json], {
      nodes: { 'node-b': unreadable, 'node-a': staleCart },
    });
    assert.equal(both.exitCode, 1);
    const none = await ask(context, ['drift', ...all, '--fail-on', 'none'], {
      nodes: { 'node-b': unreadable, 'node-a': staleCart },
    });
    assert.equal(none.exitCode, 3);
  });

  test('one without kube-proxy: a row, no fault; without any, exit 6', async (context) => {
    const run = await ask(context, ['drift', ...all, ...json], { nodes: { 'node-b': withoutKubeProxy } });
    assert.equal(run.exitCode, 0, run.stdout);
    const { nodes, summary } = driftOf(run);
    assert.deepEqual(
      nodes.map(({ name, state }) => `${name} ${state}`),
      ['node-a SYNCED', 'node-b NOT-APPLICABLE'],
    );
    assert.equal(summary.incomplete, 0);
    for (const verb of ['drift', 'status']) {
      const nodes = { 'node-a': withoutKubeProxy, 'node-b': withoutKubeProxy };
      const none = await ask(context, [verb, ...all], { nodes });
      assert.equal(none.exitCode, 6, none.stdout);
      assert.match(none.stdout, /node-a .*NOT-APPLICABLE/);
      assert.doesNotMatch(none.stdout, /IN SYNC:/);
      if (verb === 'drift')
        assert.match(none.stdout, /^NOT APPLICABLE: node-a and node-b: no rules of kube-proxy to compare\n/);
    }
  });

  test('status: the matrix and the exit code of drift', async (context) => {
    const nodes = { 'node-c': staleCart, 'node-d': unreadable, 'node-e': withoutKubeProxy };
    const run = await ask(context, ['status', ...all], { nodes });
    assert.equal(run.exitCode, 1);
    assert.deepEqual(
      run.stdout
        .split('\n')
        .flatMap(
          (line) => /^ *(node-\S) .*\b(SYNCED|STALE|UNREADABLE|NOT-APPLICABLE)\b/.exec(line)?.slice(1).join(' ') ?? [],
        ),
      ['node-a SYNCED', 'node-b SYNCED', 'node-c STALE', 'node-d UNREADABLE', 'node-e NOT-APPLICABLE'],
    );
    assert.doesNotMatch(run.stdout, /KPR/);
    const document = statusOf(await ask(context, ['status', ...all, ...json], { nodes }));
    assert.deepEqual(Object.keys(document).slice(3, 4), ['nodes']);
  });

  test('status fits a terminal of 100 columns, with names as clouds give them', async (context) => {
    const name = (end: string) => `ip-10-240-113-${end}.eu-central-1.compute.internal`;
    const nodes = { [name('27')]: staleCart, [name('28')]: unreadable, [name('29')]: withoutKubeProxy };
    for (const verb of ['status', 'drift']) {
      const { stdout } = await ask(context, [verb, ...all], { nodes, width: 100 });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
      const lines = stdout.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
      assert.ok(
        lines.some((line) => /^ *ip-.*NOT-APPLICABLE/.test(line)),
        stdout,
      );
      for (const line of lines) assert.ok(line.length <= 100, line);
    }
  });

  test('a single node that cannot be read is a row, too', async (context) => {
    for (const verb of ['status', 'drift']) {
      const run = await ask(context, [verb, ...nodeA, ...json], { nodes: { 'node-a': unreadable } });
      assert.equal(run.exitCode, 3, run.stderr);
      assert.deepEqual(
        driftOf(run).nodes.map(({ name, state }) => `${name} ${state}`),
        ['node-a UNREADABLE'],
      );
    }
  });

  test('one family that the node does not tell: the other is judged, exit 3', async (context) => {
    const half: Behaviour = (call) =>
      call.command[0]?.includes('ip6') ? { stdout: '', stderr: 'no such table', status: 3 } : inSync(call);
    const run = await ask(context, ['drift', ...nodeA], { nodes: { 'node-a': half } });
    assert.equal(run.exitCode, 3, run.stdout);
    assert.match(run.stdout, /^INCOMPLETE: nothing wrong was seen, but node-a: IPv6 was not looked at: /);
    const both = await ask(context, ['drift', ...nodeA, ...soon], {
      nodes: { 'node-a': (call) => (call.command[0]?.includes('ip6') ? half(call) : staleCart(call)) },
    });
    assert.equal(both.exitCode, 1);
  });
});

test('an API server that forbids it: exit 4', async (context) => {
  for (const verb of ['drift', 'status']) {
    const run = await ask(context, [verb, ...nodeA], {
      options: { forbid: ({ resource }) => resource === 'services' },
    });
    assert.equal(run.exitCode, 4, run.stdout);
    assert.match(run.stderr, /kubectl auth can-i list services/);
  }
});

test('from a capture as live', async (context) => {
  for (const behaviour of [inSync, staleCart]) {
    const server = await liveCluster(context, { exec: behaviour });
    const out = freshPath('capture');
    const flags = [...on(server), ...nodeA, '--source', 'proxy-pod'];
    assert.equal((await cli(['capture', '--out', out, ...flags])).exitCode, 0);
    assert.ok(readFileSync(join(out, 'iptables-save.txt'), 'utf8').includes('KUBE-SERVICES'));
    for (const verb of ['drift', 'status']) {
      for (const format of ['json', 'table', 'wide']) {
        const live = await cli([verb, ...flags, '--settle', '0', '-o', format]);
        const saved = await cli([verb, '--capture', out, '-o', format]);
        assert.equal(saved.stdout, live.stdout, `${verb} -o ${format}`);
        assert.equal(saved.exitCode, live.exitCode);
      }
    }
  }
});
