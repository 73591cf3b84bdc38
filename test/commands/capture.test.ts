// --capture: a directory and the same packed, and all that may be wrong with one that somebody mailed.
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { cli, documentOf, onRecording, recorded, root } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-capture-'));
after(() => rmSync(folder, { recursive: true }));

const names = readdirSync(`${root}/src/demo`);

/** A copy of the demo, which is a capture, for one test to spoil. */
function captureNamed(name: string, spoil: (path: string) => void = () => {}): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of names) cpSync(`${root}/src/demo/${file}`, join(path, file));
  spoil(path);
  return path;
}

function packed(name: string, path: string, prefix = ''): string {
  const files = readdirSync(path).map((file) => ({ name: prefix + file, data: readFileSync(join(path, file)) }));
  const archive = join(folder, name);
  writeFileSync(archive, gzipSync(createTar(files)));
  return archive;
}

interface Manifest {
  version: string;
  sections: { name: string; file: unknown; bytes?: number }[];
  objects: unknown[];
}

function manifestOf(path: string, change: (manifest: Manifest) => unknown): void {
  const file = join(path, 'capture.json');
  const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  const changed = change(manifest);
  writeFileSync(file, JSON.stringify(changed === undefined ? manifest : changed));
}

const asked = ['explain', 'svc/web', '-o', 'json'];

test('a directory and a .tgz of it answer as --demo does', async () => {
  const directory = captureNamed('whole');
  const demo = await cli([...asked, '--demo']);
  assert.equal(demo.exitCode, 1);
  for (const path of [directory, packed('whole.tgz', directory), packed('within.tgz', directory, 'capture-node-a/')]) {
    assert.deepEqual(await cli([...asked, '--capture', path]), demo, path);
  }
});

test('objects and rules given beside a capture replace its own', async () => {
  const path = captureNamed('beside');
  const own = documentOf(await cli([...asked, '--capture', path]));
  const other = documentOf(await cli([...asked, '--capture', path, '--objects', recorded('objects.json')]));
  assert.equal(own.verdict?.state, 'degraded');
  assert.equal(other.verdict?.state, 'reachable');
  const alone = documentOf(await cli([...asked, '--capture', path, '--no-cluster']));
  assert.equal(alone.verdict?.cause, 'none');
});

const spoilt: readonly (readonly [name: string, spoil: (path: string) => void, says: RegExp])[] = [
  ['cut', (path) => truncateSync(join(path, 'iptables-save.txt'), 30_000), /30000 bytes, it was written with 52106/],
  ['cut-to-nothing', (path) => truncateSync(join(path, 'ip6tables-save.txt'), 0), /has 0 bytes|lacks its file/],
  ['longer', (path) => writeFileSync(join(path, 'iptables-save.txt'), '\n', { flag: 'a' }), /has 52107 bytes/],
  ['without-rules', (path) => rmSync(join(path, 'iptables-save.txt')), /lacks its file iptables-save\.txt/],
  ['without-objects', (path) => rmSync(join(path, 'objects.json')), /lacks its file objects\.json/],
  ['without-manifest', (path) => rmSync(join(path, 'capture.json')), /holds no capture\.json/],
  ['not-json', (path) => writeFileSync(join(path, 'capture.json'), '{"version":'), /is not JSON/],
  ['empty-manifest', (path) => writeFileSync(join(path, 'capture.json'), ''), /is not JSON|holds no capture\.json/],
  ['null', (path) => writeFileSync(join(path, 'capture.json'), 'null'), /does not say "version"/],
  ['array', (path) => writeFileSync(join(path, 'capture.json'), '[]'), /does not say "version"/],
  [
    'newer',
    (path) => manifestOf(path, (all) => ({ ...all, version: 'proxyrules/capture/v2' })),
    /does not say "version"/,
  ],
  ['no-version', (path) => manifestOf(path, ({ version: _, ...rest }) => rest), /does not say "version"/],
  ['no-sections', (path) => manifestOf(path, (all) => ({ ...all, sections: 'none' })), /no iptables-save text/],
  ...[
    '../../etc/passwd',
    '/etc/passwd',
    '..',
    '.hidden',
    'a/b',
    'a\\b',
    '',
    null,
    7,
    ['x'],
    'x\u0000y',
    'iptables-save.txt\n',
  ].map(
    (file, at) =>
      [
        `outside-${at}`,
        (path: string) =>
          manifestOf(path, (all) => ({ ...all, sections: [{ name: 'iptables-save', file, bytes: 3 }] })),
        /names a file outside the capture/,
      ] as const,
  ),
  [
    'objects-outside',
    (path) => manifestOf(path, (all) => ({ ...all, objects: ['../../etc/passwd'] })),
    /outside the capture/,
  ],
  ['objects-cut', (path) => truncateSync(join(path, 'objects.json'), 5000), /cut off/],
];

for (const [name, spoil, says] of spoilt) {
  test(`spoilt: ${name}`, async () => {
    const directory = captureNamed(name, spoil);
    for (const path of [directory, packed(`${name}.tgz`, directory)]) {
      const { exitCode, stdout, stderr } = await cli([...asked, '--capture', path]);
      assert.equal(exitCode, 5, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assert.match(stderr, /^error: [^\n]+\n {2}\S/, 'a sentence and what to do');
      assert.doesNotMatch(stderr, /^\s+at |root:x:0/m);
    }
  });
}

test('spoilt archives: exit 5, never a stack', async () => {
  const whole = readFileSync(packed('good.tgz', captureNamed('good')));
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ['empty.tgz', Buffer.alloc(0)],
    ['half.tgz', whole.subarray(0, whole.length / 2)],
    ['flipped.tgz', Buffer.concat([whole.subarray(0, 900), Buffer.alloc(40, 1), whole.subarray(940)])],
    ['text.tgz', Buffer.from('this is no archive')],
    ['gzipped-text.tgz', gzipSync('this is no tar')],
    ['gzipped-noise.tgz', gzipSync(Buffer.alloc(4096, 0xa7))],
    ['zeros.tgz', gzipSync(Buffer.alloc(1024))],
  ];
  for (const [name, bytes] of bad) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const { exitCode, stderr } = await cli([...asked, '--capture', path]);
    assert.equal(exitCode, 5, `${name}: ${stderr}`);
    assert.doesNotMatch(stderr, /^\s+at /m, name);
  }
});

test('sections of a newer release are passed over', async () => {
  const path = captureNamed('more', (path) =>
    manifestOf(path, (all) => ({
      ...all,
      sections: [...all.sections, { name: 'sockets', file: 'sockets.txt' }, 'odd', null, { name: 7 }],
      routes: 'routes.txt',
    })),
  );
  assert.equal((await cli([...asked, '--capture', path])).exitCode, 1);
});

test('kube-proxy’s configuration names the node', async () => {
  const given = onRecording('1.36-iptables').slice(0, 6);
  const config = ['--kube-proxy-config', recorded('1.36-iptables/kube-proxy-config.yaml')];
  const { exitCode, stdout } = await cli(['explain', 'svc/np-local-none', '-n', 'edge', ...given, ...config]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /on node-a by design/);
});
