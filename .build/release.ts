// Packs the archive that krew installs, and writes its uri and sha256 into krew-manifest.yaml. The same sources give the
// same archive.
//
//     npm run release -- FOLDER [BASE-URL]
//
// Without the address that it will be downloaded from, `kubectl krew install --manifest=krew-manifest.yaml
// --archive=FOLDER/...` installs it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createTarGzip, parseTar } from 'nanotar';
import { parseDocument } from 'yaml';

const [folder, baseUrl = ''] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npm run release -- FOLDER [BASE-URL]');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const stage = mkdtempSync(join(tmpdir(), 'proxyrules-release-'));
try {
  const archive = await pack(stage);
  mkdirSync(folder, { recursive: true });
  const name = `proxyrules-v${version}.tar.gz`;
  writeFileSync(join(folder, name), archive);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  writeManifest(baseUrl.replace(/[^/]$/, '$&/') + name, sha256);
  console.log(`${join(folder, name)}  ${archive.length} bytes  sha256 ${sha256}`);
} finally {
  rmSync(stage, { recursive: true });
}

/** What `npm pack` packs, with the packages it needs beside it: krew installs nothing. */
async function pack(stage: string): Promise<Uint8Array> {
  npm(['pack', '--pack-destination', stage], root);
  const [tarball = ''] = globSync('*.tgz', { cwd: stage });
  const program = join(stage, 'program');
  for (const { name, data } of parseTar(gunzipSync(readFileSync(join(stage, tarball))))) {
    const path = join(program, name.replace(/^package\//, ''));
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, data ?? '');
  }
  // The lock says which versions; npm packs none.
  writeFileSync(join(program, 'package-lock.json'), readFileSync(join(root, 'package-lock.json')));
  npm(['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-bin-links'], program);
  const files = globSync('**', { cwd: program })
    .filter((name) => statSync(join(program, name)).isFile())
    .filter((name) => !/^node_modules\/\.|\.(?:d\.[cm]?ts|[cm]?ts|map)$/.test(name))
    .sort();
  const entries = files.map((name) => ({
    name: name.replaceAll('\\', '/'),
    data: readFileSync(join(program, name)),
    attrs: { mode: /^bin[/\\]kubectl/.test(name) ? '755' : '644', mtime: 0 },
  }));
  return createTarGzip(entries);
}

function writeManifest(uri: string, sha256: string): void {
  const path = join(root, 'krew-manifest.yaml');
  const manifest = parseDocument(readFileSync(path, 'utf8'));
  manifest.setIn(['spec', 'version'], `v${version}`);
  manifest.setIn(['spec', 'platforms', 0, 'uri'], uri);
  manifest.setIn(['spec', 'platforms', 0, 'sha256'], sha256);
  writeFileSync(path, manifest.toString({ lineWidth: 0 }));
}

function npm(argv: readonly string[], cwd: string): void {
  execFileSync('npm', argv, { cwd, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
}
