// Objects that no API server would give, and all that a hand may do to a file: the others are answered as before, and
// nothing is a bug of ours.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { cli, documentOf, onRules, recorded, recordedText } from './cli.ts';
import { driftOf } from './drift-document.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-mangled-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'objects.json');

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const objectsText = recordedText('objects.json');
const rules = [
  '--rules',
  recorded('1.36-iptables/iptables-save.txt'),
  '--rules6',
  recorded('1.36-iptables/ip6tables-save.txt'),
];

function itemsOf(): Json[] {
  const list: { items: Json[] } = JSON.parse(objectsText);
  return list.items;
}

async function answersWith(items: readonly unknown[]) {
  writeFileSync(file, JSON.stringify({ kind: 'List', apiVersion: 'v1', items }));
  const input = [...rules, '--objects', file, '--node-name', 'node-a', '-o', 'json'];
  const [all, web] = [await cli(['backends', ...input]), await cli(['explain', 'svc/web', ...input])];
  const drift = await cli(['drift', ...input]);
  return { all, web, drift };
}

const kinds: readonly (readonly [kind: string, apiVersion: string])[] = [
  ['Service', 'v1'],
  ['EndpointSlice', 'discovery.k8s.io/v1'],
  ['Endpoints', 'v1'],
  ['Pod', 'v1'],
  ['Node', 'v1'],
  ['Namespace', 'v1'],
];

/** Of each kind: fields missing, null, and of every wrong type, at every depth that is read. */
function oddItems(): Json[] {
  const wrong: Json[] = [null, 0, -1, 1e99, true, '', 'x', [], [null], [0], {}, { a: null }, [[]], [{}]];
  const odd: Json[] = [];
  const named = (name: string): Json => ({ name, namespace: 'odd' });
  for (const [kind, apiVersion] of kinds) {
    odd.push({ kind, apiVersion }, { kind, apiVersion, metadata: null }, { kind, apiVersion, metadata: {} });
    for (const [at, value] of wrong.entries()) {
      const metadata = named(`odd-${kind.toLowerCase()}-${at}`);
      odd.push({ kind, apiVersion, metadata: value });
      odd.push({
        kind,
        apiVersion,
        metadata,
        spec: value,
        status: value,
        endpoints: value,
        ports: value,
        addressType: value,
      });
      odd.push({
        kind,
        apiVersion,
        metadata: {
          ...Object(metadata),
          labels: value,
          annotations: value,
          creationTimestamp: value,
          deletionTimestamp: value,
        },
        spec: {
          ports: [
            value,
            { port: value },
            { name: value, port: value, protocol: value, nodePort: value, targetPort: value },
          ],
          ...Object.fromEntries(
            [
              ...['clusterIP', 'clusterIPs', 'externalIPs', 'externalName', 'externalTrafficPolicy', 'ipFamilies'],
              ...['internalTrafficPolicy', 'loadBalancerSourceRanges', 'publishNotReadyAddresses', 'selector'],
              ...['sessionAffinity', 'sessionAffinityConfig', 'type', 'nodeName', 'containers', 'podCIDR', 'podCIDRs'],
            ].map((field) => [field, value]),
          ),
        },
        status: {
          loadBalancer: { ingress: [value, { ip: value, ipMode: value, hostname: value }] },
          ...Object.fromEntries(
            ['addresses', 'conditions', 'podIPs', 'podIP', 'phase', 'hostIP', 'containerStatuses'].map((field) => [
              field,
              value,
            ]),
          ),
        },
        addressType: 'IPv4',
        endpoints: [
          value,
          { addresses: value },
          { addresses: [value], conditions: value, hints: value, targetRef: value, nodeName: value },
        ],
        ports: [value, { name: value, port: value, protocol: value }],
      });
    }
  }
  return odd;
}

test('objects with fields missing, null or of another type change no other answer', async () => {
  const before = await answersWith(itemsOf());
  const odd = oddItems();
  for (const items of [
    [...itemsOf(), ...odd],
    [...odd, ...itemsOf()],
  ]) {
    const after = await answersWith(items);
    assert.equal(after.all.exitCode, before.all.exitCode, after.all.stderr);
    assert.equal(after.web.exitCode, before.web.exitCode, after.web.stderr);
    const others = documentOf(after.all).items?.filter(({ namespace }) => namespace !== 'odd');
    assert.deepEqual(others, documentOf(before.all).items);
    const { meta: _, ...was } = documentOf(before.web);
    const { meta, ...is } = documentOf(after.web);
    assert.deepEqual(is, was);
    assert.ok(meta.notes.length > 0);
    // What is odd may want rules of its own; what the others have is as before.
    const counted = driftOf(after.drift).findings.filter(
      ({ severity, subject }) => severity !== 'info' && subject.namespace !== 'odd',
    );
    assert.deepEqual(counted, []);
  }
});

test('items that are no objects at all are refused or left out, by name of the file', async () => {
  for (const items of [[null], [1], ['x'], [[]], [true], [{}], [{ kind: 'Service' }], [{ kind: 7 }]]) {
    const { all } = await answersWith([...itemsOf(), ...items]);
    assert.ok([0, 1, 5].includes(all.exitCode), `${JSON.stringify(items)}: ${all.stderr}`);
    assert.doesNotMatch(all.stderr, /^\s+at /m);
  }
});

type Path = readonly string[];

/** Every place of the objects, leaves and branches. */
const places: readonly Path[] = pathsIn(itemsOf());

function pathsIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length === 0 ? [] : [path]),
    ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key])),
  ];
}

function put(root: object, path: Path, change: (parent: object, key: string) => void): void {
  let at: unknown = root;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return;
    at = Reflect.get(at, key);
  }
  const last = path.at(-1);
  if (typeof at === 'object' && at !== null && last !== undefined) change(at, last);
}

test('no verb fails on mutated objects', async () => {
  const value: fc.Arbitrary<Json | undefined> = fc.oneof(
    fc.constantFrom<(Json | undefined)[]>(
      undefined,
      null,
      '',
      0,
      -1,
      65536,
      1.5,
      true,
      false,
      [],
      {},
      [null],
      [{}],
      'x',
      '10.0.0.1',
      '::',
      'TCP',
    ),
    fc.string({ maxLength: 8 }),
    fc.integer(),
  );
  const changes = fc.array(fc.tuple(fc.nat(places.length - 1), value), { minLength: 1, maxLength: 60 });
  // Another place's value is of the right kind more often than chance is.
  const copies = fc.array(fc.tuple(fc.nat(places.length - 1), fc.nat(places.length - 1)), { maxLength: 10 });
  const asked = fc.constantFrom(
    ['backends'],
    ['backends', '-n', 'shop'],
    ['explain', 'svc/web'],
    ['explain', 'svc/cart', '-n', 'shop'],
    ['explain', 'svc/hinted', '-n', 'shop'],
    ['explain', 'svc/lb', '-n', 'edge'],
    ['explain', 'pod/web-b978ccd84-xqkm7'],
    ['explain', 'nodeport/30182'],
    ['explain', '10.99.0.11'],
    ['graph', 'svc/web'],
    ['drift'],
    ['drift', '-n', 'shop'],
    ['status'],
  );
  await fc.assert(
    fc.asyncProperty(changes, copies, asked, fc.boolean(), async (changes, copies, args, named) => {
      const items = itemsOf();
      for (const [from, to] of copies) {
        let copied: unknown;
        put(items, places[from] ?? [], (parent, key) => {
          copied = structuredClone(Reflect.get(parent, key));
        });
        put(items, places[to] ?? [], (parent, key) => Reflect.set(parent, key, copied));
      }
      for (const [at, value] of changes) {
        put(items, places[at] ?? [], (parent, key) =>
          value === undefined ? Reflect.deleteProperty(parent, key) : Reflect.set(parent, key, value),
        );
      }
      writeFileSync(file, JSON.stringify({ kind: 'List', apiVersion: 'v1', items }));
      const input = ['--objects', file, ...rules, ...(named ? ['--node-name', 'node-a'] : []), '-o', 'json'];
      const { exitCode, stderr } = await cli([...args, ...input]);
      // A comparison is incomplete where an object could not be read.
      const fits = args[0] === 'drift' || args[0] === 'status' ? [0, 1, 3, 5] : [0, 1, 2, 5];
      assert.ok(fits.includes(exitCode), stderr);
    }),
    { numRuns: 150 },
  );
});

test('rules only: any rule may be missing', async () => {
  const lines = recordedText('1.36-iptables/iptables-save.txt').split('\n');
  const rulesFile = join(folder, 'rules.txt');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(lines.length - 1), { minLength: 1, maxLength: 80 }),
      fc.constantFrom(
        ['backends'],
        ['explain', 'svc/web'],
        ['explain', 'svc/lb', '-n', 'edge'],
        ['graph'],
        ['explain', 'nodeport/30180'],
        ['drift'],
        ['status'],
      ),
      fc.boolean(),
      async (gone, args, cluster) => {
        const missing = new Set(gone);
        writeFileSync(rulesFile, lines.filter((_, at) => !missing.has(at)).join('\n'));
        const { exitCode, stderr } = await cli([
          ...args,
          ...['--rules', rulesFile, ...(cluster ? ['--objects', recorded('objects.json')] : ['--no-cluster'])],
          ...['-o', 'json'],
        ]);
        assert.ok([0, 1, 2, 3, 5, 6].includes(exitCode), stderr);
      },
    ),
    { numRuns: 150 },
  );
  assert.equal((await cli(['backends', ...onRules('1.36-iptables')])).exitCode, 0);
});
