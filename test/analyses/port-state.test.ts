// One service port on one node: what kube-proxy wrote beside what the API offers. For the recorded nodes both are the
// same by their making, so whatever differs is our mistake.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NodeView } from '../../src/analyses/node-view.ts';
import { type PortState, portStates } from '../../src/analyses/port-state.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { isOne, plus, zero } from '../../src/netfilter/fraction.ts';
import { servicePortKey, servicePorts } from '../../src/proxiers/service-ports.ts';
import { type Given, type Recording, recordingAt, recordings, snapshotAt, viewOf } from '../proxiers/recordings.ts';

/**
 * The recorder of these clusters did not tell kube-proxy its node's labels: no service port there follows zone hints,
 * whatever its endpoints say, although the Node object has a zone.
 */
const withoutZone = ['random/1.32-6007', 'random/1.33-6008', 'random/1.34-6009', 'random/1.35-6010'];

function snapshotOf({ objects }: Recording): ClusterSnapshot {
  return snapshotAt(objects);
}

function view(recording: Recording, given: Given = {}): NodeView {
  return viewOf(recording, { snapshot: snapshotOf(recording), ...given });
}

function keyOf({ name, family }: Pick<PortState, 'name' | 'family'>): string {
  return `${servicePortKey(name)} ${family}`;
}

/** Everything that is not as the API has it, in one line each. */
function differences(state: PortState): readonly string[] {
  const key = keyOf(state);
  return [
    ...(state.port === undefined ? [`${key} is not the API's`] : []),
    ...state.missingWays.map(({ type, address, port }) => `${key} has no way in by ${type} ${address ?? '*'} ${port}`),
    ...state.leftovers.map(({ type, address, port }) => `${key} is left at ${type} ${address ?? '*'} ${port}`),
    ...state.backends.flatMap(({ address, port, state: condition, unwanted, policy }) =>
      condition === 'stale' || condition === 'missing' || unwanted !== undefined
        ? [`${key} ${policy} ${address} ${port} ${condition}: ${unwanted ?? ''}`]
        : [],
    ),
  ];
}

for (const recording of recordings) {
  suite(recording.folder, () => {
    for (const [name, given] of [
      ['with the release given', {}],
      ['with the release read from the rules', { release: false }],
      ['with neither the release nor the node’s name', { release: false, node: undefined }],
    ] as const) {
      test(`nothing differs ${name}`, () => {
        const states = portStates(view(recording, given));
        assert.deepEqual(states.flatMap(differences), []);
      });
    }

    test('nothing differs with every comment stripped', () => {
      const edit = (text: string) => text.replaceAll(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '');
      assert.deepEqual(portStates(view(recording, { edit })).flatMap(differences), []);
    });

    test('every service port that kube-proxy serves is there once, and nothing else', () => {
      const states = portStates(view(recording));
      const served = servicePorts(snapshotOf(recording)).map(keyOf).sort();
      assert.ok(served.length > 10);
      assert.deepEqual(states.map(keyOf).sort(), served);
      for (const state of states) {
        const ways = state.frontends.map(({ type, address, port }) => `${type} ${address} ${port}`);
        assert.equal(new Set(ways).size, ways.length, keyOf(state));
        assert.ok(ways.length > 0, keyOf(state));
      }
    });

    test('the node’s name is found out', () => {
      assert.equal(view(recording, { node: undefined }).name, 'node-a');
    });

    test('the release that wrote the rules is within what the rules tell', () => {
      const { first, last } = view(recording, { release: false }).release;
      assert.ok(first !== undefined && first <= recording.minor && first >= 25);
      assert.ok(last === undefined || last >= recording.minor);
    });

    test('the shares of each policy add up to 1', () => {
      for (const state of portStates(view(recording))) {
        for (const policy of ['Cluster', 'Local'] as const) {
          const backends = state.backends.filter((backend) => backend.policy === policy);
          if (backends.length === 0) continue;
          assert.ok(isOne(backends.map(({ share }) => share).reduce(plus, zero)), `${keyOf(state)} ${policy}`);
        }
      }
    });

    test('it stands as it is told whatever order the objects came in', () => {
      const snapshot = snapshotOf(recording);
      const turned = {
        ...snapshot,
        services: [...snapshot.services].reverse(),
        endpointSlices: [...snapshot.endpointSlices].reverse(),
      };
      assert.deepEqual(portStates(view(recording, { snapshot: turned })).flatMap(differences), []);
    });
  });
}

test('a kube-proxy that follows no zone hints is taken not to know its zone, and that is said', () => {
  for (const { folder } of recordings) {
    const { cluster, notes } = viewOf(recordingAt(folder));
    const unknown = withoutZone.includes(folder);
    assert.equal(cluster?.topology.zone, unknown ? undefined : cluster?.node?.zone, folder);
    assert.equal(
      notes.some((note) => note.includes('no service port follows zone hints')),
      unknown,
      folder,
    );
  }
});

test('pods have their names, and endpoints without a Pod have none', () => {
  const states = portStates(view(recordingAt('1.36-iptables')));
  const web = states.find(({ name }) => name.namespace === 'default' && name.name === 'web');
  assert.equal(web?.backends.length, 4);
  for (const { pod, node, state } of web?.backends ?? []) {
    assert.match(pod, /^web-/);
    assert.match(node, /^node-[ab]$/);
    assert.equal(state, 'ready');
  }
  const sticky = states.find(({ name }) => name.name === 'sticky');
  assert.ok(sticky);
  for (const { pod } of sticky.backends) assert.equal(pod, '');
});

test('an endpoint that serves while it terminates is in use, and told to be terminating', () => {
  const states = portStates(view(recordingAt('1.36-iptables')));
  const conditions = new Set(states.flatMap(({ backends }) => backends.map(({ state }) => state)));
  assert.deepEqual([...conditions].sort(), ['ready', 'terminating']);
});

suite('objects of later with rules of before: a kube-proxy that froze', () => {
  const frozen = () => portStates(viewOf(recordingAt('1.36-iptables'), { snapshot: snapshotAt('objects-after.json') }));

  test('all that changed is told, and nothing else', () => {
    const told = new Map<string, string[]>();
    for (const state of frozen()) {
      const lines = differences(state);
      if (lines.length > 0)
        told.set(keyOf(state), [...lines].map((line) => line.slice(keyOf(state).length + 1)).sort());
    }
    assert.deepEqual([...told.keys()].sort(), [
      'default/web-np:http/TCP IPv4',
      'default/web:http/TCP IPv4',
      'default/web:http/TCP IPv6',
      'edge/np:http/TCP IPv4',
      'shop/cart:http/TCP IPv4',
      'shop/cart:metrics/TCP IPv4',
      'shop/dns:dns-tcp/TCP IPv4',
      'shop/dns:dns/UDP IPv4',
      'shop/fresh:http/TCP IPv4',
      'shop/none:http/TCP IPv4',
      'shop/single/TCP IPv4',
      'shop/sticky:http/TCP IPv4',
      'shop/ten:http/TCP IPv4',
    ]);
    assert.equal(told.get('default/web:http/TCP IPv4')?.length, 2);
    assert.deepEqual(
      told.get('shop/cart:http/TCP IPv4')?.map((line) => line.replace(/\S+ \d+ /, '')),
      ['Cluster stale: its EndpointSlice says it is not ready'],
    );
    assert.deepEqual(told.get('edge/np:http/TCP IPv4'), [
      'has no way in by NodePort * 30190',
      'is left at NodePort * 30180',
    ]);
    assert.deepEqual(told.get('shop/single/TCP IPv4'), [
      'Cluster 10.244.0.23 8443 stale: no EndpointSlice has it',
      "is not the API's",
    ]);
    assert.match(told.get('shop/none:http/TCP IPv4')?.join() ?? '', /^Cluster \S+ \d+ missing: $/);
    assert.match(told.get('shop/fresh:http/TCP IPv4')?.join() ?? '', /has no way in by ClusterIP/);
    assert.match(told.get('shop/sticky:http/TCP IPv4')?.join() ?? '', /^Cluster \S+ \d+ missing: $/);
  });

  test('an endpoint that was scaled away is stale', () => {
    const web = frozen().find(({ name }) => name.name === 'web');
    assert.deepEqual(web?.backends.map(({ state }) => state).sort(), ['ready', 'ready', 'stale', 'stale']);
  });

  test('the next dump of that node has none of it', () => {
    assert.deepEqual(portStates(view(recordingAt('after-1.36-iptables'))).flatMap(differences), []);
  });
});

suite('rules alone', () => {
  for (const folder of ['1.36-iptables', 'large-1.36-iptables', '1.25-iptables', 'random/1.30-6005']) {
    test(`${folder}: every service port is told by the name it has in the API`, () => {
      const recording = recordingAt(folder);
      const alone = portStates(viewOf(recording, { snapshot: undefined }));
      assert.deepEqual(alone.map(keyOf), portStates(view(recording)).map(keyOf));
      for (const state of alone) {
        assert.equal(state.port, undefined);
        for (const { unwanted, state: condition } of state.backends)
          assert.deepEqual([unwanted, condition], [undefined, 'unknown']);
      }
    });
  }
});
