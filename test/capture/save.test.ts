// What `saveCapture` writes, `readCapture` reads: all of it, from a directory and from an archive, and for its owner only.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseTar } from 'nanotar';
import { readCapture } from '../../src/capture/bundle.ts';
import type { Capture, Completeness, SectionName } from '../../src/capture/capture.ts';
import { saveCapture, saveCaptures } from '../../src/capture/save.ts';
import { InputError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-save-'));
after(() => rmSync(folder, { recursive: true }));
let number = 0;
const fresh = (tail = '') => join(folder, `${++number}${tail}`);

const sectionNames = Object.keys({
  'iptables-save': true,
  'ip6tables-save': true,
  'iptables-save-other': true,
  'ip6tables-save-other': true,
  'kube-proxy-config': true,
  'ip-addr': true,
  'ip-route': true,
  'ip-route6': true,
  'ip-rule': true,
  'ip-rule6': true,
  'ip-link': true,
  ipset: true,
  sysctl: true,
  'conntrack-stats': true,
  conntrack: true,
  'iptables-version': true,
  'kube-proxy-version': true,
  'proxy-mode': true,
  configz: true,
  healthz: true,
  metrics: true,
} satisfies Record<SectionName, true>) as SectionName[];

const words = fc.string({ unit: 'binary', maxLength: 40 });
const completeness: fc.Arbitrary<Completeness> = fc.oneof(
  fc.constant<Completeness>({ state: 'whole' }),
  fc.constant<Completeness>({ state: 'empty' }),
  words.map((reason): Completeness => ({ state: 'cut', reason })),
  words.map((reason): Completeness => ({ state: 'failed', reason })),
);
const program = fc.option(
  fc
    .tuple(words, words, fc.constantFrom('nf_tables' as const, 'legacy' as const))
    .map(([name, version, backend]) => ({ name, version, backend })),
  { nil: undefined },
);
const text = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
const status = fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined });
const section = fc
  .record({
    name: fc.constantFrom(...sectionNames),
    command: words,
    status,
    text,
    live: fc.boolean(),
    reading: fc.record({ stderr: words, attempts: fc.integer({ min: 1, max: 3 }), completeness, program }),
  })
  .map(({ live, reading, ...section }) => ({
    ...section,
    ...(live ? { reading: { ...reading, bytes: section.text.length } } : {}),
  }));
const maybe = fc.option(words, { nil: undefined });

const captures: fc.Arbitrary<Capture> = fc
  .record({
    node: maybe,
    kubeProxyVersion: maybe,
    taken: fc.constantFrom(undefined, '2026-11-21T08:33:34.000Z', 'yesterday'),
    source: words,
    where: maybe,
    sections: fc.uniqueArray(section, { selector: ({ name }) => name, maxLength: 17 }),
    gaps: fc.option(
      fc.array(
        fc.tuple(fc.constantFrom(...sectionNames), words).map(([section, reason]) => ({ section, reason })),
        { maxLength: 3 },
      ),
      {
        nil: undefined,
      },
    ),
    objects: fc.array(
      fc.record({ file: words, text: fc.constantFrom('{"items":[]}\n', 'items: []\n', '[]', '', 'ä: \u{1f600}') }),
      { maxLength: 3 },
    ),
  })
  .map(({ where, gaps, ...capture }) => ({
    ...capture,
    ...(where === undefined ? {} : { where }),
    ...(gaps === undefined ? {} : { gaps }),
  }));

/** Bytes as bytes, whatever holds them; where the objects lay before is nobody's business. */
function plain({ sections, objects, ...capture }: Capture): object {
  return {
    ...capture,
    sections: sections.map((section) => ({ ...section, text: Buffer.from(section.text).toString('hex') })),
    objects: objects.map(({ text }) => text),
  };
}

test('read back, a capture is what it was', async () => {
  await fc.assert(
    fc.asyncProperty(captures, fc.constantFrom('', '.tgz', '.tar.gz'), async (capture, tail) => {
      const out = fresh(tail);
      const written = await saveCapture(capture, out);
      assert.equal(written[0], out);
      for (const path of written) assert.ok(existsSync(path), path);
      assert.deepEqual(plain(await readCapture(out)), plain(capture));
    }),
    { numRuns: 150 },
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

const sample: Capture = {
  node: 'node-a',
  kubeProxyVersion: 'v1.36.1',
  taken: '2026-11-21T08:33:34.000Z',
  source: 'proxy-pod',
  where: 'pod kube-system/kube-proxy-x on node-a',
  sections: [
    {
      name: 'iptables-save',
      command: 'iptables-save -c',
      status: 0,
      text: Buffer.from('*nat\nCOMMIT\n'),
      reading: {
        stderr: '# Warning\n',
        bytes: 12,
        attempts: 2,
        completeness: { state: 'cut', reason: 'no trailer' },
        program: { name: 'iptables-save', version: '1.8.9', backend: 'nf_tables' },
      },
    },
  ],
  gaps: [{ section: 'healthz', reason: 'curl is not there' }],
  objects: [{ file: 'live', text: '{"items":[]}' }],
};

test('the manifest, as a person reads it', async () => {
  const out = fresh();
  assert.deepEqual(await saveCapture(sample, out), [
    out,
    ...['capture.json', 'iptables-save.txt', 'objects.json'].map((name) => join(out, name)),
  ]);
  assert.deepEqual(JSON.parse(readFileSync(join(out, 'capture.json'), 'utf8')), {
    version: 'proxyrules/capture/v1',
    node: 'node-a',
    kubeProxyVersion: 'v1.36.1',
    taken: '2026-11-21T08:33:34.000Z',
    source: 'proxy-pod',
    where: 'pod kube-system/kube-proxy-x on node-a',
    sections: [
      {
        name: 'iptables-save',
        file: 'iptables-save.txt',
        command: 'iptables-save -c',
        status: 0,
        bytes: 12,
        stderr: '# Warning\n',
        attempts: 2,
        completeness: { state: 'cut', reason: 'no trailer' },
        program: { name: 'iptables-save', version: '1.8.9', backend: 'nf_tables' },
      },
    ],
    gaps: [{ section: 'healthz', reason: 'curl is not there' }],
    objects: ['objects.json'],
  });
});

const posix = process.platform !== 'win32';
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('only the owner may read it, whatever the umask', { skip: !posix }, async () => {
  const before = process.umask(0);
  try {
    const [directory, archive] = [join(fresh(), 'made', 'capture'), fresh('.tgz')];
    for (const path of (await saveCaptures([sample, { ...sample, node: 'node-b' }], directory)).slice(1)) {
      assert.equal(modeOf(path), '600', path);
    }
    for (const path of [directory, join(directory, '..'), join(directory, 'node-a'), join(directory, 'node-b')]) {
      assert.equal(modeOf(path), '700', path);
    }
    await saveCapture(sample, archive);
    assert.equal(modeOf(archive), '600');
    for (const { attrs } of parseTar(new Uint8Array(gunzipSync(readFileSync(archive)))))
      assert.match(attrs?.mode ?? '', /600/);
  } finally {
    process.umask(before);
  }
});

test('the same capture is the same archive', async () => {
  const [one, two] = [fresh('.tgz'), fresh('.tgz')];
  await saveCapture(sample, one);
  await saveCapture(sample, two);
  assert.ok(readFileSync(one).equals(readFileSync(two)));
});

test('what is there stays; what is there and empty makes room', async () => {
  const full = fresh();
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), 'mine');
  const file = fresh('.tgz');
  writeFileSync(file, 'mine');
  const link = fresh('.tgz');
  if (posix) symlinkSync(file, link);
  for (const out of [full, file, join(full, 'mine'), ...(posix ? [link, '/dev/null'] : [])]) {
    await assert.rejects(saveCapture(sample, out), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, 'CAPTURE_EXISTS');
      assert.ok(error.message.startsWith(out) && error.hint !== undefined);
      return true;
    });
  }
  assert.deepEqual(readdirSync(full), ['mine']);
  assert.equal(readFileSync(file, 'utf8'), 'mine');

  const emptied = fresh();
  mkdirSync(emptied);
  const emptyFile = fresh('.tgz');
  writeFileSync(emptyFile, '');
  for (const out of [emptied, emptyFile]) {
    await saveCapture(sample, out);
    assert.equal((await readCapture(out)).node, 'node-a');
  }
});

test('a failed write leaves nothing', async () => {
  const file = fresh();
  writeFileSync(file, 'a file, no folder');
  for (const tail of ['', '.tgz']) {
    const out = join(file, `capture${tail}`);
    await assert.rejects(saveCapture(sample, out), (error) => error instanceof InputError && error.hint !== undefined);
  }
  const long = join(fresh(), 'x'.repeat(300));
  await assert.rejects(saveCapture(sample, long), { code: 'CAPTURE_NOT_WRITTEN' });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

test('several nodes: a folder each, and one is to be chosen', async () => {
  const nodes = ['node-a', 'node-b', 'node-c.example'].map((node) => ({ ...sample, node }));
  const [directory, archive] = [fresh(), fresh('.tgz')];
  await saveCaptures(nodes, directory);
  await saveCaptures(nodes, archive);
  for (const path of [directory, archive]) {
    await assert.rejects(readCapture(path), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.code, 'CAPTURE_SEVERAL');
      assert.match(error.message, /node-a, node-b, node-c\.example/);
      assert.match(error.hint ?? '', /--capture \S+node-a/);
      return true;
    });
  }
  for (const node of nodes) assert.deepEqual(plain(await readCapture(join(directory, node.node))), plain(node));

  const single = fresh();
  await saveCaptures(nodes.slice(0, 1), single);
  assert.equal((await readCapture(single)).node, 'node-a');
  for (const bad of [undefined, '../node', '.hidden', 'a/b', '']) {
    await assert.rejects(saveCaptures([sample, { ...sample, node: bad }], fresh()), { code: 'CAPTURE_NODE_NAME' });
  }
  await assert.rejects(saveCaptures([sample, sample], fresh()), { code: 'CAPTURE_NODE_TWICE' });
});
