// Writes a capture as a directory or, where the name ends in .tgz or .tar.gz, as one archive. Only its owner may read it,
// and it is there whole or not at all: it is written beside its place and put there by one rename.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import type { Capture } from './capture.ts';
import { manifestName, printManifest, type SavedSection } from './manifest.ts';

interface File {
  /** Slashes part it on every system. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * One capture: a directory (0700) of files (0600), or one archive (0600). Returns the paths of what it wrote, `out` first.
 * Throws InputError where `out` is there and not empty, or cannot be written; then nothing new is there.
 */
export function saveCapture(capture: Capture, out: string): Promise<readonly string[]> {
  return save(filesOf(capture), capture.taken, out);
}

/** Several nodes' captures, each whole in a folder named after its node. A single one is saved as `saveCapture` does. */
export async function saveCaptures(captures: readonly Capture[], out: string): Promise<readonly string[]> {
  const [only, ...more] = captures;
  if (only !== undefined && more.length === 0) return saveCapture(only, out);
  const files = captures.flatMap((capture) => {
    const folder = folderOf(capture);
    return filesOf(capture).map(({ name, bytes }) => ({ name: `${folder}/${name}`, bytes }));
  });
  const twice = captures.find((each, index) => captures.findIndex(({ node }) => node === each.node) !== index);
  if (twice === undefined) return save(files, only?.taken, out);
  throw new InputError('CAPTURE_NODE_TWICE', `there are two captures of node ${folderOf(twice)}`, {
    hint: 'Save each under an --out of its own',
  });
}

/** Nodes are named as DNS subdomains are. */
function folderOf({ node }: Capture): string {
  if (node !== undefined && /^[a-z0-9][a-z0-9.-]*$/.test(node)) return node;
  throw new InputError('CAPTURE_NODE_NAME', `a folder cannot be named after node ${JSON.stringify(node ?? '')}`, {
    hint: 'Save that node alone, with --node',
  });
}

async function save(files: readonly File[], taken: string | undefined, out: string): Promise<readonly string[]> {
  const place = resolve(out);
  await refuseTaken(place, out);
  const draft = `${place}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    const archived = /\.(?:tgz|tar\.gz)$/i.test(out);
    if (archived) await writeFile(draft, await archiveOf(files, taken), { mode: 0o600, flag: 'wx' });
    else await writeFiles(files, draft);
    await put(draft, place);
    return archived ? [out] : [out, ...files.map(({ name }) => join(out, name))];
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    if (cause instanceof InputError) throw cause;
    throw new InputError('CAPTURE_NOT_WRITTEN', `cannot write ${out}: ${reasonOf(cause)}`, {
      cause,
      hint: 'Give --out a path that you may write to',
    });
  }
}

async function writeFiles(files: readonly File[], folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const { name, bytes } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
  }
}

/** What is empty there makes room; what was filled meanwhile does not. */
async function put(draft: string, place: string): Promise<void> {
  const kind = await kindOf(place);
  if (kind === 'directory') await rmdir(place);
  if (kind === 'file') await refuseTaken(place, place);
  await rename(draft, place);
}

async function refuseTaken(place: string, out: string): Promise<void> {
  const kind = await kindOf(place);
  const empty =
    kind === undefined ||
    (kind === 'directory' && (await readdir(place).catch(() => ['?'])).length === 0) ||
    (kind === 'file' && (await stat(place)).size === 0);
  if (empty) return;
  throw new InputError('CAPTURE_EXISTS', `${out} is there already and not empty`, {
    hint: 'Give --out another path, or move the old capture away first',
  });
}

async function kindOf(place: string): Promise<'directory' | 'file' | 'other' | undefined> {
  try {
    const found = await stat(place);
    if (found.isDirectory()) return 'directory';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    return 'other';
  }
}

/** The manifest first: a reader of a stream knows what comes. */
function filesOf(capture: Capture): readonly File[] {
  const { node, kubeProxyVersion, taken, source, where, gaps } = capture;
  const sections: SavedSection[] = [];
  const files: File[] = [];
  for (const { name, command, status, text, reading } of capture.sections) {
    // A reader takes the first of a name.
    if (sections.some((section) => section.name === name)) continue;
    const file = name === 'kube-proxy-config' ? `${name}.yaml` : `${name}.txt`;
    files.push({ name: file, bytes: text });
    sections.push({ name, file, command, status, bytes: text.length, reading });
  }
  const objects = capture.objects.map(({ text }, index) => {
    const file = `objects${index === 0 ? '' : `-${index + 1}`}.${/^\s*[[{]/.test(text) ? 'json' : 'yaml'}`;
    files.push({ name: file, bytes: new TextEncoder().encode(text) });
    return file;
  });
  const manifest = printManifest({ node, kubeProxyVersion, taken, source, where, sections, gaps, objects });
  return [{ name: manifestName, bytes: new TextEncoder().encode(manifest) }, ...files];
}

/** A ustar header has room for a name of this many bytes. */
const longestName = 100;

async function archiveOf(files: readonly File[], taken: string | undefined): Promise<Uint8Array> {
  const [{ gzip }, { promisify }, { createTar }] = await Promise.all([
    import('node:zlib'),
    import('node:util'),
    import('nanotar'),
  ]);
  // Unpacked by hand, it makes one folder.
  const named = files.map(({ name, bytes }) => ({ name: `capture/${name}`, data: bytes }));
  const long = named.find(({ name }) => name.length > longestName);
  if (long !== undefined) {
    throw new InputError('CAPTURE_NAME_TOO_LONG', `${long.name} is too long a name for an archive`, {
      hint: 'Give --out a directory',
    });
  }
  // The same capture is the same archive.
  const mtime = Date.parse(taken ?? '');
  const attrs = { mode: '600', uid: 0, gid: 0, mtime: Number.isFinite(mtime) ? mtime : 0 };
  const tar = createTar(named, { attrs });
  // Two blocks of zeros end an archive; nanotar writes them only where they fill its last record.
  const ended = new Uint8Array(tar.length + 1024);
  ended.set(tar);
  return promisify(gzip)(ended);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
