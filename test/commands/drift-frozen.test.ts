// Whether the rules stand still or single updates were lost: told by times where the API has them, by resourceVersions
// where it has none, and never guessed. The changes are those that the recordings' README lists.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cli, onRecording } from './cli.ts';
import { assertClean, type DriftDocument, driftOf, grave } from './drift-document.ts';
import { editedRun, find, type Item, recordedNode } from './edited-run.ts';

const args = ['drift', '--node-name', 'node-a', '-o', 'json'];
const changed = [
  ...['default/web', 'default/web-np', 'edge/lb-sticky', 'edge/np', 'shop/cart', 'shop/dns'],
  ...['shop/fresh', 'shop/none', 'shop/single', 'shop/sticky', 'shop/ten'],
];
const frozen = ['KPR204 critical Node node-a'];

async function ask(items: readonly Item[], name = 'frozen node'): Promise<DriftDocument> {
  const outcome = await editedRun(args, { ...recordedNode('1.36-iptables', 'objects.json'), items });
  assert.equal(outcome.exitCode, 1, name);
  return driftOf(outcome);
}

const objects = (path = 'objects-after.json') => recordedNode('1.36-iptables', path).items;

/** Objects as of before, but for those that `isTaken` takes as of after. */
function mixed(isTaken: (item: Item) => boolean): Item[] {
  const key = ({ kind, metadata }: Item) => `${kind} ${metadata.namespace}/${metadata.name}`;
  const taken = objects().filter(isTaken);
  const keys = new Set(taken.map(key));
  return [...objects('objects.json').filter((item) => !keys.has(key(item))), ...taken];
}

const isOf =
  (...names: readonly string[]) =>
  (item: Item) =>
    (item.kind === 'Service' && names.includes(item.metadata.name)) ||
    (item.kind === 'EndpointSlice' && names.includes(item.metadata.labels['kubernetes.io/service-name']));

function withoutMetadata(items: Item[], ...fields: readonly string[]): Item[] {
  for (const { metadata } of items) for (const field of fields) delete metadata[field];
  return items;
}

function servicesOf({ findings }: DriftDocument): readonly string[] {
  const [, names = ''] = /they lack changes to \d+ Services? \(([^)]*)\)/.exec(findings[0]?.message ?? '') ?? [];
  return names.split(/, | and /);
}

suite('the frozen node', () => {
  test('one finding: the changes of the README, with the time after which nothing was written', async () => {
    const document = await ask(objects());
    assert.deepEqual(grave(document), frozen);
    assert.deepEqual(servicesOf(document), changed);
    const [finding] = document.findings;
    assert.match(
      finding?.message ?? '',
      /; the first is of 2026-11-21T08:37:50Z \(Service shop\/fresh was created\), and the newest that the rules have is of 2026-11-21T08:32:13Z \(EndpointSlice edge\/extip-1 was created\)\. kube-proxy has written nothing since$/,
    );
    const told = (finding?.evidence ?? []).flatMap((each) =>
      Reflect.get(each, 'kind') === 'object' ? Reflect.get(each, 'object') : [],
    );
    assert.deepEqual(
      told,
      changed.map((name) => `Service ${name}`),
    );
    assert.equal(document.summary.critical, 1);
  });

  test('every other configuration and release of the same cluster: the same changes', async () => {
    for (const folder of [
      '1.25-iptables',
      '1.29-iptables',
      '1.36-iptables-legacy',
      '1.36-iptables-masqall',
      '1.36-iptables-nodeportaddr',
    ]) {
      const document = driftOf(await cli(['drift', ...onRecording(folder, 'objects-after.json'), '-o', 'json']));
      assert.deepEqual(grave(document), frozen, folder);
      assert.deepEqual(servicesOf(document), changed, folder);
    }
  });

  test('rules and objects of after: nothing', async () => {
    assertClean(driftOf(await cli(['drift', ...onRecording('after-1.36-iptables'), '-o', 'json'])));
  });

  test('by resourceVersions alone: frozen, without a time', async () => {
    const document = await ask(withoutMetadata(objects(), 'creationTimestamp', 'annotations'));
    assert.deepEqual(grave(document), frozen);
    assert.deepEqual(servicesOf(document), changed);
    assert.match(document.findings[0]?.message ?? '', /shop\/ten\)\. kube-proxy has written nothing since$/);
  });

  test('by times alone', async () => {
    const document = await ask(withoutMetadata(objects(), 'resourceVersion'));
    assert.deepEqual(grave(document), frozen);
    assert.deepEqual(servicesOf(document), changed);
  });

  test('with neither: a finding a Service, and no word of frozen', async () => {
    const document = await ask(withoutMetadata(objects(), 'creationTimestamp', 'annotations', 'resourceVersion'));
    assert.deepEqual(
      document.findings.map(({ subject: { namespace, name } }) => `${namespace}/${name}`).toSorted(),
      changed,
    );
    for (const { message } of document.findings) assert.doesNotMatch(message, /frozen/);
  });

  test('asked about a part: frozen by all, told of those asked about', async () => {
    const input = onRecording('1.36-iptables', 'objects-after.json');
    for (const [asked, services] of [
      [
        ['-n', 'edge'],
        ['edge/lb-sticky', 'edge/np'],
      ],
      [
        ['shop/cart', 'shop/dns'],
        ['shop/cart', 'shop/dns'],
      ],
      [['shop/cart'], ['shop/cart']],
    ] as const) {
      const document = driftOf(await cli(['drift', ...asked, ...input, '-o', 'json']));
      assert.deepEqual(grave(document), frozen);
      assert.deepEqual(servicesOf(document), services);
      assert.match(
        document.findings[0]?.message ?? '',
        /the first is of 2026-11-21T08:37:50Z \(Service shop\/fresh was created\)/,
      );
    }
    assertClean({ ...driftOf(await cli(['drift', 'shop/hinted', ...input, '-o', 'json'])), nodes: [] });
  });

  test('what needs no rules was made since: still frozen', async () => {
    const items = objects();
    const headless = find(items, 'Service', 'headless');
    for (const item of items.filter(isOf('headless', 'external'))) {
      item.metadata.creationTimestamp = '2026-11-21T08:39:00Z';
      item.metadata.resourceVersion = '9999';
    }
    assert.equal(headless.metadata.resourceVersion, '9999');
    assert.deepEqual(grave(await ask(items)), frozen);
  });

  test('one of two slices was deleted: what is left of it is old, still frozen', async () => {
    const items = objects().filter(({ metadata }) => metadata.name !== 'twoslices-2');
    const document = await ask(items);
    assert.deepEqual(grave(document), frozen);
    assert.ok(servicesOf(document).includes('shop/twoslices'));
  });
});

suite('single updates that were lost', () => {
  test('of one Service: one finding, which names it', async () => {
    for (const [name, told] of [
      ['sticky', 'KPR203 critical Service shop/sticky:http'],
      ['lb-sticky', 'KPR201 warning Service edge/lb-sticky:smtp'],
      ['fresh', 'KPR203 critical Service shop/fresh:http'],
      ['ten', 'KPR203 critical Service shop/ten:http'],
    ] as const) {
      assert.deepEqual(grave(await ask(mixed(isOf(name)), name)), [told]);
    }
  });

  test('a newer Service has its rules, older ones lack theirs: not frozen', async () => {
    // As if created after those that are missing.
    const items = mixed(isOf('fresh', 'none', 'sticky'));
    const newest = find(items, 'Service', 'extip');
    newest.metadata.creationTimestamp = '2026-11-21T08:45:00Z';
    const document = await ask(items);
    assert.deepEqual(
      document.findings.map(({ subject }) => subject.name),
      ['fresh', 'none', 'sticky'],
    );
  });

  test('the same by resourceVersions alone', async () => {
    const items = withoutMetadata(mixed(isOf('fresh', 'none', 'sticky')), 'creationTimestamp', 'annotations');
    assert.deepEqual(grave(await ask(items)), frozen);
    find(items, 'Service', 'extip').metadata.resourceVersion = '999999999999999999999';
    const document = await ask(items);
    assert.equal(document.findings.length, 3);
    for (const { message } of document.findings) assert.doesNotMatch(message, /frozen/);
  });

  test('times that contradict beat resourceVersions that would fit', async () => {
    const items = mixed(isOf('fresh', 'none', 'sticky'));
    find(items, 'Service', 'web').metadata.creationTimestamp = '2026-11-21T08:45:00Z';
    assert.equal((await ask(items)).findings.length, 3);
  });
});
