// `capture.json` of a saved capture: which file holds what, and where it came from. Read with care: somebody mailed it.
import { InputError } from '../errors.ts';
import type { Completeness, Gap, Program, Reading, SectionName } from './capture.ts';

export interface Manifest {
  readonly node: string | undefined;
  readonly kubeProxyVersion: string | undefined;
  readonly taken: string | undefined;
  readonly source: string | undefined;
  readonly where: string | undefined;
  readonly sections: readonly SavedSection[];
  /** `undefined` where nothing was asked of a node. */
  readonly gaps: readonly Gap[] | undefined;
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
  readonly reading: Omit<Reading, 'bytes'> | undefined;
}

export const manifestName = 'capture.json';
export const manifestVersion = 'proxyrules/capture/v1';

const sectionNames: Readonly<Record<SectionName, true>> = {
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
};

/** The text of `capture.json`; the same for the same manifest. */
export function printManifest({ sections, ...manifest }: Manifest): string {
  const { node, kubeProxyVersion, taken, source, where, gaps, objects } = manifest;
  const document = {
    version: manifestVersion,
    node,
    kubeProxyVersion,
    taken,
    source,
    where,
    sections: sections.map(({ name, file, command, status, bytes, reading }) => ({
      ...{ name, file, command, status, bytes },
      ...(reading && {
        stderr: reading.stderr,
        attempts: reading.attempts,
        completeness: reading.completeness,
        program: reading.program,
      }),
    })),
    gaps,
    objects,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

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
  const objects = Array.isArray(json.objects) ? json.objects : [];
  return {
    node: string(json.node),
    kubeProxyVersion: string(json.kubeProxyVersion),
    taken: string(json.taken),
    source: string(json.source),
    where: string(json.where),
    sections: listOf(json.sections, (section) => readSection(section, where)) ?? [],
    gaps: listOf(json.gaps, readGap),
    objects: objects.map((file) => plainName(file, where)),
  };
}

const hint = 'Give --capture the directory (or .tgz) that holds capture.json, as `kubectl proxyrules capture` wrote it';

/** A section of a newer release's is passed over. */
function readSection(section: unknown, where: string): SavedSection | undefined {
  if (!isRecord(section) || !isSectionName(section.name)) return undefined;
  const { name, status, bytes } = section;
  return {
    name,
    file: plainName(section.file, where),
    command: string(section.command) ?? name,
    status: number(status),
    bytes: number(bytes),
    reading: readReading(section),
  };
}

/** Absent in captures of saved text, and in those that were put together by hand. */
function readReading({ stderr, attempts, completeness, program }: Fields): SavedSection['reading'] {
  const state = readCompleteness(completeness);
  if (state === undefined) return undefined;
  return {
    stderr: string(stderr) ?? '',
    attempts: number(attempts) ?? 1,
    completeness: state,
    program: readProgram(program),
  };
}

function readCompleteness(value: unknown): Completeness | undefined {
  if (!isRecord(value)) return undefined;
  const { state } = value;
  if (state === 'whole' || state === 'empty') return { state };
  // What a newer release says of a text that is not whole is not to be taken for nothing.
  const reason = string(value.reason) ?? 'the capture does not say why';
  return { state: state === 'failed' ? state : 'cut', reason };
}

function readProgram(value: unknown): Program | undefined {
  if (!isRecord(value)) return undefined;
  const { name, version, backend } = value;
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  return backend === 'nf_tables' || backend === 'legacy' ? { name, version, backend } : undefined;
}

function readGap(gap: unknown): Gap | undefined {
  if (!isRecord(gap) || !isSectionName(gap.section)) return undefined;
  return { section: gap.section, reason: string(gap.reason) ?? '' };
}

/** A capture from a stranger names only files of its own. */
function plainName(file: unknown, where: string): string {
  if (typeof file === 'string' && /^[\w][\w.-]*$/.test(file)) return file;
  throw new InputError('CAPTURE_FILE_NAME', `${manifestName} of ${where} names a file outside the capture`, { hint });
}

function isSectionName(name: unknown): name is SectionName {
  return typeof name === 'string' && Object.hasOwn(sectionNames, name);
}

type Fields = Record<string, unknown>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<T>(value: unknown, read: (element: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(read).filter((element) => element !== undefined);
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
