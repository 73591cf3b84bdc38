// Text that somebody saved: `--rules`, `--rules6`, `--objects`. `-` is standard input.
import { readFileSync } from 'node:fs';
import type { Capture, ObjectsText, Section, SectionName } from '../capture/capture.ts';
import { InputError } from '../errors.ts';

export interface SavedFiles {
  readonly rules: string | undefined;
  readonly rules6: string | undefined;
  readonly objects: readonly string[];
}

/** Reads one file; `-` reads standard input. Throws InputError with the system's reason in words. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

export async function captureFiles(files: SavedFiles, stdin: () => Promise<Uint8Array>): Promise<Capture> {
  const read: ReadFile = (path) => (path === '-' ? stdin() : readSaved(path));
  const sections: Section[] = [];
  const add = async (name: SectionName, path: string | undefined) => {
    if (path === undefined) return;
    const command = path === '-' ? 'standard input' : path;
    sections.push({ name, command, status: undefined, text: await read(path) });
  };
  await add('iptables-save', files.rules);
  await add('ip6tables-save', files.rules6);
  return {
    node: undefined,
    kubeProxyVersion: undefined,
    taken: undefined,
    source: 'files',
    sections,
    objects: await readObjectFiles(files.objects, read),
  };
}

export async function readObjectFiles(paths: readonly string[], read: ReadFile = readSaved): Promise<ObjectsText[]> {
  const texts: ObjectsText[] = [];
  for (const path of paths) {
    texts.push({ file: path === '-' ? 'standard input' : path, text: new TextDecoder().decode(await read(path)) });
  }
  return texts;
}

/** Throws InputError with the system's reason in words. */
export async function readSaved(path: string): Promise<Uint8Array> {
  try {
    // Loading the asynchronous file system costs more than it could save here.
    return readFileSync(path);
  } catch (cause) {
    throw new InputError('FILE_UNREADABLE', `cannot read ${path}: ${reason(cause)}`, {
      cause,
      hint: 'Check the path; `-` reads standard input',
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? (code || 'the system gave no reason');
}
