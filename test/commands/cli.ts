// A whole command line in this process: what it prints, where, and how it exits.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/main.ts';

/** The folder of the package, as bin/ gives it. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
export const recordingsFolder = `${root}/test/fixtures/recordings/`;

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Columns of a terminal; piped without. */
  readonly width?: number;
  readonly interrupted?: AbortSignal;
  readonly isErrorTerminal?: boolean;
  readonly now?: () => number;
}

/** No cluster of this machine is ever asked. */
const nowhere = { KUBECONFIG: 'no/kubeconfig' };

export async function cli(
  args: readonly string[],
  { stdin, env = nowhere, width, interrupted, isErrorTerminal = false, now }: Surroundings = {},
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const exitCode = await run(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => {
      if (stdin === undefined) throw new Error('nothing was to be read from standard input');
      return Buffer.from(stdin);
    },
    env,
    isTerminal: width !== undefined,
    width,
    isErrorTerminal,
    ...(interrupted !== undefined && { interrupted }),
    ...(now !== undefined && { now }),
    root,
  });
  return { exitCode, stdout, stderr };
}

/** `1.36-iptables/iptables-save.txt` where it lies. */
export function recorded(path: string): string {
  return recordingsFolder + path;
}

export function recordedText(path: string): string {
  return readFileSync(recorded(path), 'utf8');
}

/** The flags for a recorded node: both families, the objects of its moment or others, and its name. */
export function onRecording(folder: string, objects: string | undefined = objectsOf(folder)): readonly string[] {
  return [
    ...['--rules', recorded(`${folder}/iptables-save.txt`)],
    ...['--rules6', recorded(`${folder}/ip6tables-save.txt`)],
    ...['--objects', recorded(objects)],
    ...['--node-name', 'node-a'],
  ];
}

/** The rules alone. */
export function onRules(folder: string): readonly string[] {
  return [
    ...['--rules', recorded(`${folder}/iptables-save.txt`)],
    ...['--rules6', recorded(`${folder}/ip6tables-save.txt`)],
    '--no-cluster',
  ];
}

function objectsOf(folder: string): string {
  if (folder.startsWith('random/') || folder === 'live-node-a') return `${folder}/objects.json`;
  if (folder.startsWith('after-')) return 'objects-after.json';
  return folder.startsWith('large-') ? 'objects-large.json' : 'objects.json';
}

/** The document of a run that must have made one. */
export function documentOf({ stdout }: Pick<Outcome, 'stdout'>): Document {
  return JSON.parse(stdout);
}

/** The JSON contract, as far as the tests look at it. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly meta: { readonly tool: string; readonly notes: readonly string[]; readonly node?: string };
  readonly findings: readonly DocumentFinding[];
  readonly target?: string;
  readonly verdict?: { readonly state: string; readonly cause: string; readonly sentence: string };
  readonly frontends?: readonly DocumentFrontend[];
  readonly backends?: readonly (DocumentBackend & { readonly ruleProbability: number; readonly family: string })[];
  readonly rules?: readonly {
    readonly family: string;
    readonly table: string;
    readonly chain: string;
    readonly index: number;
    readonly line: number;
    readonly text: string;
  }[];
  readonly items?: readonly DocumentItem[];
}

export interface DocumentFinding {
  readonly code: string;
  readonly severity: string;
  readonly node: string;
  readonly subject: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly port: string;
    readonly protocol: string;
  };
  readonly message: string;
  readonly evidence: readonly object[];
  readonly remedy: string;
}

export interface DocumentFrontend {
  readonly type: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly chain: string;
  readonly masquerade: string;
  readonly sourceRanges: readonly string[];
  readonly action: string;
}

export interface DocumentBackend {
  readonly address: string;
  readonly port: number;
  readonly pod: string;
  readonly node: string;
  readonly probability: number;
  readonly state: string;
}

export interface DocumentItem {
  readonly node: string;
  readonly family: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly protocol: string;
  readonly backends: readonly DocumentBackend[];
}
