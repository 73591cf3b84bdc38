// The same input gives the same output: in any order of objects and files, twice, in any locale and time zone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { cli, onRecording, recordedText, root } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-same-'));
after(() => rmSync(folder, { recursive: true }));

function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function objectsIn(path: string): object[] {
  return JSON.parse(recordedText(path)).items;
}

const list = (items: readonly object[]) => JSON.stringify({ kind: 'List', apiVersion: 'v1', items });

const questions = [
  ['backends'],
  ['backends', '-o', 'json'],
  ['explain', 'svc/web', '-o', 'wide'],
  ['explain', 'svc/twoslices', '-n', 'shop', '-o', 'yaml'],
  ['explain', 'pod/web-b978ccd84-xqkm7'],
  ['explain', '10.99.0.11', '-o', 'json'],
  ['explain', 'svc/wep'],
  ['graph', 'svc/web'],
  ['drift', '-o', 'wide'],
  ['drift', '-o', 'json'],
  ['drift', '-o', 'junit'],
  ['drift', '-n', 'shop', '-o', 'sarif'],
  ['status', '-o', 'wide'],
  ['trace', '--from', 'pod/web-b978ccd84-xqkm7', '--to', 'svc/web', '-o', 'json'],
];

async function answers(objects: readonly string[], folder = '1.36-iptables'): Promise<readonly object[]> {
  const given = onRecording(folder).filter((_, at) => at !== 4 && at !== 5);
  const input = [...given, ...objects.flatMap((path) => ['--objects', path])];
  return Promise.all(questions.map((args) => cli([...args, ...input])));
}

for (const objects of ['objects.json', 'objects-after.json']) {
  test(`${objects}: the order of objects never matters`, async () => {
    const items = objectsIn(objects);
    const expected = await answers([save('all.json', list(items))]);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(items, { minLength: items.length }), async (shuffled) => {
        assert.deepEqual(await answers([save('shuffled.json', list(shuffled))]), expected);
      }),
      { numRuns: 6 },
    );
  });
}

test('random clusters: the order of objects never matters', async () => {
  for (const name of ['random/1.25-6000', 'random/1.33-6008', 'random/1.36-6011']) {
    const items = objectsIn(`${name}/objects.json`);
    const ask = async (all: readonly object[]) => {
      const input = onRecording(name).with(5, save('random.json', list(all)));
      return [await cli(['backends', '-o', 'json', ...input]), await cli(['drift', '-o', 'wide', ...input])];
    };
    const expected = await ask(items);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(items, { minLength: items.length }), async (shuffled) => {
        assert.deepEqual(await ask(shuffled), expected);
      }),
      { numRuns: 5 },
    );
  }
});

test('one file or many, JSON or YAML, lists or single objects: the same answer', async () => {
  const items = objectsIn('objects.json');
  const expected = await answers([save('whole.json', list(items))]);
  const byKind = Map.groupBy(items, (item) => String(Reflect.get(item, 'kind')));
  const parts = [...byKind].map(([kind, all]) => save(`${kind}.json`, list(all)));
  assert.deepEqual(await answers(parts), expected);
  assert.deepEqual(await answers(parts.toReversed()), expected);
  assert.deepEqual(await answers([save('whole.yaml', stringify({ kind: 'List', apiVersion: 'v1', items }))]), expected);
  const documents = items.map((item) => stringify(item)).join('---\n');
  assert.deepEqual(await answers([save('documents.yaml', documents)]), expected);
});

test('twice the same', async () => {
  const objects = [save('twice.json', recordedText('objects-after.json'))];
  assert.deepEqual(await answers(objects), await answers(objects));
});

test('another locale and time zone, another process: the same bytes', async () => {
  const script = `
    import { run } from ${JSON.stringify(new URL('../../src/main.ts', import.meta.url).href)};
    const texts = [];
    const io = { stdout: (text) => texts.push(text), stderr: (text) => texts.push(text), stdin: async () => Buffer.alloc(0),
      env: process.env, isTerminal: false, width: undefined, root: ${JSON.stringify(root)} };
    const codes = [];
    for (const args of JSON.parse(process.argv[1])) codes.push(await run(args, io));
    process.stdout.write(JSON.stringify([codes, texts.join('')]));`;
  const input = onRecording('1.36-iptables', 'objects-after.json');
  const lines = JSON.stringify(questions.map((args) => [...args, ...input]));
  const at = (env: Record<string, string>): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script, lines], {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    });
  const plain = at({ LC_ALL: 'C', TZ: 'UTC' });
  assert.match(plain, /stale/);
  assert.equal(at({ LC_ALL: 'sk_SK.UTF-8', LANG: 'sk_SK.UTF-8', TZ: 'Pacific/Kiritimati' }), plain);
  assert.equal(at({ LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr', TZ: 'America/St_Johns' }), plain);
});
