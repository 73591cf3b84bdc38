// The package as `npm pack` makes it, unpacked in a folder of its own with nothing beside it.
import { spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';

export interface Packed {
  readonly folder: string;
  /** Its files, sorted. */
  readonly files: readonly string[];
  remove(): void;
}

/** Packs dist/ as it is: the test run has just built it. */
export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'proxyrules-pack-'));
  const remove = () => rmSync(folder, { recursive: true });
  npm(['pack', '--ignore-scripts', '--pack-destination', folder]);
  const [tarball = ''] = globSync('*.tgz', { cwd: folder });
  const files = parseTar(gunzipSync(readFileSync(join(folder, tarball)))).map(({ name, data, attrs }) => {
    const path = name.replace(/^package\//, '');
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data ?? '');
    chmodSync(join(folder, path), Number.parseInt(attrs?.mode ?? '644', 8) & 0o777);
    return path;
  });
  return { folder, files: files.sort(), remove };
}

function npm(argv: readonly string[]): void {
  const script = process.env.npm_execpath;
  const [program, ...first] = script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
  const { status, stderr, error } = spawnSync(program, [...first, ...argv], {
    encoding: 'utf8',
    shell: script === undefined && process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${argv.join(' ')}: ${error?.message ?? stderr}`);
}
