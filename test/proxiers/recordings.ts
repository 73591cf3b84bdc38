// The recorded nodes of test/fixtures/recordings: whose text they are, which objects they belong to.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodeView, viewNode } from '../../src/analyses/node-view.ts';
import type { Capture, Section } from '../../src/capture/capture.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { ClusterSnapshot, Family } from '../../src/cluster/snapshot.ts';
import type { Ruleset } from '../../src/netfilter/ruleset.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';

export const recordingsFolder = fileURLToPath(new URL('../fixtures/recordings/', import.meta.url));

/** One text that iptables-save wrote. */
export interface Dump {
  /** `1.36-iptables/iptables-save.txt`, for the names of tests. */
  readonly path: string;
  readonly family: Family;
  readonly text: string;
}

/** Every dump of every recording, the ipvs node's too. */
export const dumps: readonly Dump[] = globSync('**/ip*tables-save*.txt', { cwd: recordingsFolder })
  .sort()
  .map((path) => ({
    path,
    family: basename(path).startsWith('ip6') ? ('IPv6' as const) : ('IPv4' as const),
    text: readFileSync(`${recordingsFolder}${path}`, 'utf8'),
  }));

export function dumpAt(path: string): Dump {
  const dump = dumps.find((each) => each.path === path);
  if (dump === undefined) throw new Error(`no recording ${path}`);
  return dump;
}

/** A node whose rules a kube-proxy of iptables mode wrote for the objects beside it. */
export interface Recording {
  /** `1.36-iptables`, `random/1.25-6000`. */
  readonly folder: string;
  /** The minor of kube-proxy's release. */
  readonly minor: number;
  readonly objects: string;
  readonly dumps: readonly Dump[];
}

export const recordings: readonly Recording[] = [...new Set(dumps.map(({ path }) => dirname(path)))]
  .filter((folder) => folder !== '1.36-ipvs')
  .map((folder) => ({
    folder,
    minor: Number(/1\.(\d+)/.exec(folder)?.[1] ?? 36),
    objects: objectsOf(folder),
    dumps: dumps.filter(({ path }) => dirname(path) === folder && !path.endsWith('-c.txt')),
  }));

export function recordingAt(folder: string): Recording {
  const recording = recordings.find((each) => each.folder === folder);
  if (recording === undefined) throw new Error(`no recording ${folder}`);
  return recording;
}

function objectsOf(folder: string): string {
  if (existsSync(`${recordingsFolder}${folder}/objects.json`)) return `${folder}/objects.json`;
  const variant = /^(after|large)-/.exec(folder)?.[1];
  return variant === undefined ? 'objects.json' : `objects-${variant}.json`;
}

const snapshots = new Map<string, ClusterSnapshot>();

/** `path` is relative to the recordings. */
export function snapshotAt(path: string): ClusterSnapshot {
  const known = snapshots.get(path);
  if (known !== undefined) return known;
  const snapshot = snapshotFromObjects([JSON.parse(readFileSync(`${recordingsFolder}${path}`, 'utf8'))]);
  snapshots.set(path, snapshot);
  return snapshot;
}

export function rulesetOf({ text, family }: Pick<Dump, 'text' | 'family'>): Ruleset {
  return parseIptablesSave(text, family);
}

export function captureOf(texts: readonly Pick<Dump, 'text' | 'family'>[]): Capture {
  const sections = texts.map(
    ({ text, family }): Section => ({
      name: family === 'IPv4' ? 'iptables-save' : 'ip6tables-save',
      command: 'recorded',
      status: 0,
      text: Buffer.from(text),
    }),
  );
  return { node: undefined, kubeProxyVersion: undefined, taken: undefined, source: 'test', sections, objects: [] };
}

export interface Given {
  readonly release?: boolean;
  readonly node?: string | undefined;
  /** Changes the texts before they are read. */
  readonly edit?: (text: string) => string;
  readonly snapshot?: ClusterSnapshot | undefined;
}

/** The recording as the analyses see it, by default with all that is known of it. */
export function viewOf(recording: Recording, given: Given = {}): NodeView {
  const { release = true, node = 'node-a', edit = (text) => text } = given;
  const texts = recording.dumps.map(({ text, family }) => ({ text: edit(text), family }));
  return viewNode(captureOf(texts), 'snapshot' in given ? given.snapshot : snapshotAt(recording.objects), {
    nodeName: 'node' in given ? given.node : node,
    kubeProxyVersion: release ? `v1.${recording.minor}.0` : undefined,
    config: undefined,
    imageVersion: undefined,
  });
}
