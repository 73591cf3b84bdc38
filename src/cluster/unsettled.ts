// What moved between two reads of the API server, one before and one after a node's text was read.
import { apiObjectsOf } from './api-objects.ts';
import { fieldsOf, textOf } from './json.ts';
import type { ClusterRead } from './read.ts';

export interface Unsettled {
  readonly kind: 'Service' | 'EndpointSlice';
  readonly namespace: string;
  readonly name: string;
  /** The Service it is about: itself, or the one that the slice names. */
  readonly service: string | undefined;
  readonly change: 'added' | 'removed' | 'changed' | 'replaced';
}

/**
 * The Services and EndpointSlices that are not the same in both reads, sorted. A kind that one of the reads may not see
 * tells nothing.
 */
export function unsettled(before: ClusterRead, after: ClusterRead): readonly Unsettled[] {
  const [old, young] = [versionsIn(before), versionsIn(after)];
  const both = (kind: string) => old.kinds.has(kind) && young.kinds.has(kind);
  const keys = [...new Set([...old.objects.keys(), ...young.objects.keys()])].sort(byCodeUnit);
  return keys.flatMap((key) => {
    const [was, is] = [old.objects.get(key), young.objects.get(key)];
    const known = is ?? was;
    if (known === undefined || !both(known.kind)) return [];
    const change = changeOf(was, is);
    const { kind, namespace, name, service } = known;
    return change === undefined ? [] : [{ kind, namespace, name, service, change }];
  });
}

interface Version extends Omit<Unsettled, 'change'> {
  readonly uid: unknown;
  readonly resourceVersion: unknown;
}

function changeOf(was: Version | undefined, is: Version | undefined): Unsettled['change'] | undefined {
  if (was === undefined) return 'added';
  if (is === undefined) return 'removed';
  if (was.uid !== is.uid) return 'replaced';
  return was.resourceVersion === is.resourceVersion ? undefined : 'changed';
}

function versionsIn({ objects }: ClusterRead): { kinds: ReadonlySet<string>; objects: ReadonlyMap<string, Version> } {
  const { objects: found, lists } = apiObjectsOf(objects);
  const versions = new Map<string, Version>();
  for (const { kind, fields } of found) {
    if (kind !== 'Service' && kind !== 'EndpointSlice') continue;
    const { namespace, name, uid, resourceVersion, labels } = fieldsOf(fields.metadata);
    const [where, what] = [textOf(namespace) ?? 'default', textOf(name) ?? ''];
    const service = kind === 'Service' ? what : textOf(fieldsOf(labels)['kubernetes.io/service-name']);
    versions.set(`${kind} ${where}/${what}`, { kind, namespace: where, name: what, service, uid, resourceVersion });
  }
  return { kinds: new Set([...lists, ...found].map(({ kind }) => kind)), objects: versions };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
