// A saved capture: a directory, or the same directory packed as .tgz. The directory is a test fixture as it is.
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Capture, Section } from './capture.ts';
import { type Manifest, manifestName, readManifest } from './manifest.ts';

/** Gives the bytes of one of the capture's files, or `undefined` where there is none of that name. */
type Files = (name: string) => Uint8Array | undefined;

const hint = 'Give --capture the directory (or .tgz) that `kubectl proxyrules capture` wrote';

/** Throws InputError where the path is no capture, a file of it is missing, or a file is shorter than it was. */
export async function readCapture(path: string): Promise<Capture> {
  const files = await openCapture(path);
  const manifest = files(manifestName);
  if (manifest === undefined) {
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
  for (const { name, file, command, status, bytes } of manifest.sections) {
    sections.push({ name, command, status, text: read(file, bytes) });
  }
  const objects = [];
  for (const file of manifest.objects) {
    objects.push({ file: join(path, file), text: new TextDecoder().decode(read(file)) });
  }
  const { node, kubeProxyVersion, taken } = manifest;
  return { node, kubeProxyVersion, taken, source: manifest.source ?? 'capture', sections, objects };
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
    const archive = parseTar(gunzipSync(readFileSync(path)));
    const byName = new Map(archive.map(({ name, data }) => [name.slice(name.lastIndexOf('/') + 1), data]));
    return (name) => byName.get(name);
  } catch (cause) {
    throw new InputError('CAPTURE_NOT_ARCHIVE', `${path} is neither a directory nor a whole .tgz`, { cause, hint });
  }
}
