// What was not read proves nothing: cut texts, objects that cannot be read and objects that are not there lead to no drift
// but to an answer that says so, exit 3.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type DriftDocument, driftOf, grave } from './drift-document.ts';
import { editedRun, find, type Node, recordedNode } from './edited-run.ts';

const args = ['drift', '--node-name', 'node-a', '-o', 'json'];
const sound = () => recordedNode('1.36-iptables', 'objects.json');

async function ask(change: (node: Node) => Partial<Node>, exit: number): Promise<DriftDocument> {
  const node = sound();
  const outcome = await editedRun(args, { ...node, ...change(node) });
  assert.equal(outcome.exitCode, exit, outcome.stdout + outcome.stderr);
  return driftOf(outcome);
}

suite('objects', () => {
  for (const [what, reason, change] of [
    [
      'an address of an endpoint',
      /^EndpointSlice shop\/cart-1 could not be read: endpoints\[0\]\.addresses\[0\]: "x" is no IPv4 address$/,
      ({ items }: Node) => {
        find(items, 'EndpointSlice', 'cart-1').endpoints[0].addresses = ['x'];
      },
    ],
    [
      'a port of a Service',
      /^Service shop\/cart could not be read: spec\.ports\[0\]: has no port number/,
      ({ items }: Node) => {
        find(items, 'Service', 'cart').spec.ports[0] = null;
      },
    ],
    [
      'the name of a Service',
      /^Service #\d+ could not be read: has no usable metadata\.name/,
      ({ items }: Node) => {
        find(items, 'Service', 'cart').metadata.name = undefined;
      },
    ],
    [
      'a whole slice',
      /^EndpointSlice shop\/cart-1 could not be read: addressType/,
      ({ items }: Node) => {
        find(items, 'EndpointSlice', 'cart-1').addressType = 'IPv5';
      },
    ],
  ] as const) {
    test(`${what} cannot be read: its Service is not judged`, async () => {
      const { findings, nodes, summary } = await ask((node) => {
        change(node);
        return {};
      }, 3);
      assert.deepEqual(grave({ findings }), []);
      assert.deepEqual([nodes[0]?.state, summary.incomplete], ['SYNCED', 1]);
      assert.match(nodes[0]?.note ?? '', reason);
      for (const { message, subject } of findings) {
        assert.match(message, /^not judged, as /);
        assert.equal(subject.name, 'cart');
      }
    });
  }

  test('another Service that differs is told all the same', async () => {
    const { findings, nodes } = await ask(({ items, rules }) => {
      find(items, 'EndpointSlice', 'cart-1').endpoints[0].addresses = ['x'];
      return { rules: rules.replaceAll('10.244.0.28:', '10.244.0.98:') };
    }, 1);
    assert.deepEqual(grave({ findings }), ['KPR201 critical Service shop/sticky:http']);
    assert.equal(nodes[0]?.state, 'STALE');
  });

  test('what cannot be read and what the rules do not rest on changes nothing', async () => {
    const { nodes } = await ask(({ items }) => {
      items.push({
        ...find(items, 'Pod', 'dbg'),
        metadata: { name: 'odd', namespace: 'shop' },
        status: { podIP: 'x' },
      });
      return {};
    }, 0);
    assert.equal(nodes[0]?.state, 'SYNCED');
  });

  for (const kind of ['Service', 'EndpointSlice']) {
    test(`without any ${kind} nothing is compared`, async () => {
      const { findings, nodes } = await ask(({ items }) => ({ items: items.filter((item) => item.kind !== kind) }), 3);
      assert.deepEqual(findings, []);
      assert.equal(nodes[0]?.state, 'UNREADABLE');
      assert.match(nodes[0]?.note ?? '', new RegExp(`^the objects hold no ${kind}s: give those of kubectl get`));
    });
  }
});

suite('texts', () => {
  test('cut anywhere, nothing is found', async () => {
    const { rules, rules6 } = sound();
    for (let at = 200; at < rules.length - 40; at += 2311) {
      const { findings, nodes } = await ask(
        () => ({ rules: rules.slice(0, at), rules6: rules6.slice(0, 200 + at / 9) }),
        3,
      );
      for (const { code } of findings) assert.match(code, /^KPR9/);
      assert.equal(nodes[0]?.state, 'UNREADABLE');
      assert.equal(nodes[0]?.servicePorts.inSync, 0);
    }
  });

  test('one family cut: nothing is found of it, and the other is judged', async () => {
    const { rules6 } = sound();
    const cut = { rules6: rules6.slice(0, rules6.length / 2) };
    const { findings, nodes } = await ask(() => cut, 3);
    for (const { code } of findings) assert.match(code, /^KPR9/);
    assert.equal(nodes[0]?.state, 'UNREADABLE');
    const stale = await ask(({ rules }) => ({ ...cut, rules: rules.replaceAll('10.244.0.28:', '10.244.0.98:') }), 1);
    assert.deepEqual(grave(stale), ['KPR201 critical Service shop/sticky:http']);
    assert.equal(stale.nodes[0]?.state, 'STALE');
  });

  test('one family given: it is judged, the other is left out of the count', async () => {
    const { nodes } = await ask(() => ({ rules6: undefined }) as unknown as Node, 0);
    assert.equal(nodes[0]?.state, 'SYNCED');
    assert.equal(nodes[0]?.servicePorts.inSync, nodes[0]?.servicePorts.expected);
    assert.ok((nodes[0]?.servicePorts.expected ?? 0) > 30);
  });

  test('a release whose rules are not known is not judged', async () => {
    const { findings, nodes } = driftOf(await editedRun([...args, '--kube-proxy-version', 'v1.23.4'], sound()));
    assert.deepEqual(findings, []);
    assert.deepEqual(
      [nodes[0]?.state, nodes[0]?.note],
      ['UNREADABLE', 'kube-proxy 1.24 or older: what it would write is known from 1.25 on'],
    );
    assert.equal((await editedRun([...args, '--kube-proxy-version', 'v1.23.4'], sound())).exitCode, 3);
  });
});
