// `capture.json` of a saved capture: which file holds what, and where it came from. Read with care: somebody mailed it.
import { InputError } from '../errors.ts';
import type { SectionName } from './capture.ts';

export interface Manifest {
  readonly node: string | undefined;
  readonly kubeProxyVersion: string | undefined;
  readonly taken: string | undefined;
  readonly source: string | undefined;
  readonly sections: readonly SavedSection[];
  /** Names of the files with API objects. */
  readonly objects: readonly string[];
}

export interface SavedSection {
  readonly name: SectionName;
  /** A plain file name beside `capture.json`. */
  readonly file: string;
  readonly command: string;
  readonly status: number | undefined;
  /** Length of the file when it was written: a cut copy is noticed. */
  readonly bytes: number | undefined;
}

export const manifestName = 'capture.json';
export const manifestVersion = 'proxyrules/capture/v1';

const sectionNames: readonly string[] = [
  'iptables-save',
  'ip6tables-save',
  'kube-proxy-config',
] satisfies SectionName[];

/** `where` names the capture in errors. Throws InputError where the text is no manifest of a version we read. */
export function readManifest(text: string, where: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError('CAPTURE_MANIFEST_NOT_JSON', `${manifestName} of ${where} is not JSON`, { cause, hint });
  }
  if (!isRecord(json) || json.version !== manifestVersion) {
    throw new InputError(
      'CAPTURE_VERSION',
      `${manifestName} of ${where} does not say "version": "${manifestVersion}"`,
      { hint },
    );
  }
  const sections = Array.isArray(json.sections) ? json.sections : [];
  const objects = Array.isArray(json.objects) ? json.objects : [];
  return {
    node: string(json.node),
    kubeProxyVersion: string(json.kubeProxyVersion),
    taken: string(json.taken),
    source: string(json.source),
    sections: sections.flatMap((section) => readSection(section, where) ?? []),
    objects: objects.map((file) => plainName(file, where)),
  };
}

const hint = 'Give --capture the directory (or .tgz) that holds capture.json, as `kubectl proxyrules capture` wrote it';

/** A section of a newer release's is passed over. */
function readSection(section: unknown, where: string): SavedSection | undefined {
  if (!isRecord(section) || typeof section.name !== 'string' || !isSectionName(section.name)) return undefined;
  const { name, status, bytes } = section;
  return {
    name,
    file: plainName(section.file, where),
    command: string(section.command) ?? name,
    status: typeof status === 'number' ? status : undefined,
    bytes: typeof bytes === 'number' ? bytes : undefined,
  };
}

/** A capture from a stranger names only files of its own. */
function plainName(file: unknown, where: string): string {
  if (typeof file === 'string' && /^[\w][\w.-]*$/.test(file)) return file;
  throw new InputError('CAPTURE_FILE_NAME', `${manifestName} of ${where} names a file outside the capture`, { hint });
}

function isSectionName(name: string): name is SectionName {
  return sectionNames.includes(name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
