// What a saved capture keeps of the objects gives the same snapshot, and holds nothing more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { readObjects } from '../../src/cluster/objects-file.ts';
import { objectsJson, slimObjects } from '../../src/cluster/slim.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { type Recorded, recording, recordingNames } from './recordings.ts';

const ours = ['Service', 'EndpointSlice', 'Pod', 'Node'];
const annotations = ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints'];

function ourItems(name: (typeof recordingNames)[number]): Recorded[] {
  const { items }: { items: Recorded[] } = recording(name);
  return items.filter(({ kind }) => ours.includes(kind));
}

/** As it must come back: annotations of others are nobody's business. */
function known(snapshot: ClusterSnapshot): ClusterSnapshot {
  const trimmed = <T extends { readonly annotations: Readonly<Record<string, string>> }>(
    list: readonly T[],
    keys: readonly string[],
  ) =>
    list.map((each) => ({
      ...each,
      annotations: Object.fromEntries(Object.entries(each.annotations).filter(([key]) => keys.includes(key))),
    }));
  return {
    ...snapshot,
    services: trimmed(snapshot.services, annotations),
    endpointSlices: trimmed(snapshot.endpointSlices, []),
    pods: trimmed(snapshot.pods, []),
    nodes: trimmed(snapshot.nodes, []),
  };
}

async function savedAndRead(objects: readonly unknown[]): Promise<ClusterSnapshot> {
  return snapshotFromObjects(await readObjects([{ file: 'objects.json', text: objectsJson(slimObjects(objects)) }]));
}

for (const name of recordingNames) {
  test(`${name}: the same snapshot`, async () => {
    const { kinds: _, ...before } = known(snapshotFromObjects([recording(name)]));
    const { kinds, ...after } = await savedAndRead([recording(name)]);
    assert.deepEqual(after, before);
    assert.deepEqual([...kinds], [...new Set(ourItems(name).map(({ kind }) => kind))].sort());
  });

  test(`${name}: twice is once`, () => {
    const slim = slimObjects([recording(name)]);
    assert.deepEqual(slimObjects(slim), slim);
  });
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const values: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<(Json | undefined)[]>(undefined, null, '', 0, -1, 65536, true, [], {}, [null], [{}], 'x', '10.0.0.1'),
  fc.constantFrom<Json[]>('::1', 'Always', 'TCP', 'IPv4', 'None', { ip: 'x' }, [7], [[]], { a: 1, b: 'c' }),
  fc.string({ maxLength: 6 }),
);

function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function put(root: unknown, path: readonly string[], value: Json | undefined): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (isHolder(at) ? Reflect.get(at, key) : undefined), root);
  const last = path.at(-1);
  if (!isHolder(parent) || last === undefined) return;
  if (value === undefined && !Array.isArray(parent)) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value ?? null);
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

test('mangled objects: the same snapshot, skipped parts and all', async () => {
  const places = placesIn(ourItems('live-node-a')).filter(
    // What is no object of ours any more is not kept, and numbers of objects move.
    ([, field]) => field !== undefined && field !== 'kind' && field !== 'apiVersion',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(places.length - 1), values), { minLength: 1, maxLength: 40 }),
      async (changes) => {
        const items = ourItems('live-node-a');
        for (const [at, value] of changes) put(items, places[at] ?? [], value);
        const before = known(snapshotFromObjects(items));
        assert.deepEqual(await savedAndRead(items), before);
      },
    ),
    { numRuns: 200 },
  );
});

test('nothing but what is read', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      namespace: 'n',
      annotations: { a: 'secret' },
      managedFields: ['secret'],
      ownerReferences: 1,
    },
    spec: {
      nodeName: 'node-a',
      serviceAccountName: 'secret',
      containers: [
        {
          name: 'c',
          image: 'registry.secret/image',
          command: ['secret'],
          env: [{ name: 'PASSWORD', value: 'secret' }],
          ports: [{ containerPort: 80, secret: 1 }],
        },
      ],
      initContainers: [
        { name: 'side', restartPolicy: 'Always', env: ['secret'], ports: [{ name: 'x', containerPort: 81 }] },
      ],
      volumes: [{ secret: { secretName: 'secret' } }],
    },
    status: { conditions: [{ type: 'acme.example/secret', message: 'secret' }], podIP: { secret: 1 } },
  };
  const others = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: 'secret' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'm' }, data: { a: 'secret' } },
    {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'm' },
      spec: { externalName: 'secret' },
    },
    { apiVersion: 'v1', kind: 'SecretList', items: [{ metadata: { name: 's' }, data: 'secret' }] },
    { apiVersion: 'v1', kind: 'ServiceList', metadata: { secret: 1 }, items: [] },
    'secret',
  ];
  const slim = slimObjects([pod, { apiVersion: 'v1', kind: 'PodList', items: [] }, ...others]);
  assert.doesNotMatch(JSON.stringify(slim), /secret/i);
  assert.deepEqual(
    slim.map((object) => Reflect.get(object, 'kind')),
    ['Pod', 'ServiceList'],
  );
  const { pods, kinds } = snapshotFromObjects(slim);
  assert.deepEqual(
    pods[0]?.ports.map(({ port }) => port),
    [80, 81],
  );
  assert.deepEqual([...kinds], ['Pod', 'Service']);
});
