// A saved capture: a directory, or the same directory packed as .tgz. The directory is a test fixture as it is.
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Capture, Section } from './capture.ts';
import { type Manifest, manifestName, readManifest } from './manifest.ts';

/** Gives the bytes of one of the capture's files, or `undefined` where there is none of that name. */
type Files = (name: string) => Uint8Array | undefined;

const nothing = new Uint8Array();

const hint = 'Give --capture the directory (or .tgz) that `kubectl proxyrules capture` wrote';

/** Throws InputError where the path is no capture or holds several nodes' captures, a file of it is missing, or a file is shorter than it was. */
export async function readCapture(path: string): Promise<Capture> {
  const files = await openCapture(path);
  const manifest = files(manifestName);
  if (manifest === undefined) {
    refuseSeveral(isDirectory(path) ? nodesIn(path) : [], path);
    throw new InputError('CAPTURE_NO_MANIFEST', `${path} holds no ${manifestName}: it is not a capture`, { hint });
  }
  return assemble(readManifest(new TextDecoder().decode(manifest), path), files, path);
}

function assemble(manifest: Manifest, files: Files, path: string): Capture {
  const read = (name: string, bytes?: number) => {
    const text = files(name);
    if (text === undefined) throw new InputError('CAPTURE_FILE_MISSING', `${path} lacks its file ${name}`, { hint });
    if (bytes !== undefined && text.length !== bytes) {
      const sentence = `${name} of ${path} has ${text.length} bytes, it was written with ${bytes}`;
      throw new InputError('CAPTURE_FILE_CUT', sentence, { hint: 'Copy the capture again, or take a new one' });
    }
    return text;
  };
  const sections: Section[] = [];
  for (const { name, file, command, status, bytes, reading } of manifest.sections) {
    const text = read(file, bytes);
    sections.push({ name, command, status, text, ...(reading && { reading: { ...reading, bytes: text.length } }) });
  }
  const objects = [];
  for (const file of manifest.objects) {
    objects.push({ file: join(path, file), text: new TextDecoder().decode(read(file)) });
  }
  const { node, kubeProxyVersion, taken, source = 'capture', where, gaps } = manifest;
  const known = { ...(where !== undefined && { where }), ...(gaps !== undefined && { gaps }) };
  return { node, kubeProxyVersion, taken, source, ...known, sections, objects };
}

/** Folders that are captures themselves, as `saveCaptures` writes them for several nodes. */
function nodesIn(path: string): readonly string[] {
  const isCapture = ({ name }: { readonly name: string }) => {
    try {
      return lstatSync(join(path, name, manifestName)).isFile();
    } catch {
      return false;
    }
  };
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isCapture(entry)).map(({ name }) => name);
  } catch {
    return [];
  }
}

function refuseSeveral(nodes: readonly string[], path: string): void {
  const [first] = [...nodes].sort();
  if (first === undefined) return;
  const named = [...nodes].sort().slice(0, 10).join(', ');
  const more = nodes.length > 10 ? ` and ${nodes.length - 10} more` : '';
  throw new InputError('CAPTURE_SEVERAL', `${path} holds a capture for each of its nodes: ${named}${more}`, {
    hint: `Give one of them: --capture ${join(isArchive(path) ? 'FOLDER/capture' : path, first)}${isArchive(path) ? `, after tar -xzf ${path} -C FOLDER` : ''}`,
  });
}

function isArchive(path: string): boolean {
  return !isDirectory(path);
}

async function openCapture(path: string): Promise<Files> {
  if (isDirectory(path)) {
    return (name) => {
      try {
        // A capture from a stranger must not lead elsewhere.
        return lstatSync(join(path, name)).isFile() ? readFileSync(join(path, name)) : undefined;
      } catch {
        return undefined;
      }
    };
  }
  return openArchive(path);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new InputError('CAPTURE_NOT_FOUND', `cannot read ${path}`, { cause, hint });
  }
}

async function openArchive(path: string): Promise<Files> {
  const [{ gunzipSync }, { parseTar }] = await Promise.all([import('node:zlib'), import('nanotar')]);
  try {
    // A small Buffer is a part of a larger one, and nanotar reads from the beginning of what it is a part of.
    const archive = parseTar(new Uint8Array(gunzipSync(readFileSync(path))));
    const manifests = archive.filter(({ name }) => name === manifestName || name.endsWith(`/${manifestName}`));
    if (manifests.length > 1)
      refuseSeveral(
        manifests.map(({ name }) => name.split('/').at(-2) ?? '.'),
        path,
      );
    const files = archive.filter(({ type }) => type === 'file');
    // An empty file has no data there.
    const byName = new Map(files.map(({ name, data }) => [name.slice(name.lastIndexOf('/') + 1), data ?? nothing]));
    return (name) => byName.get(name);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('CAPTURE_NOT_ARCHIVE', `${path} is neither a directory nor a whole .tgz`, { cause, hint });
  }
}
