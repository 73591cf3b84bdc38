// API objects, live or from a file, as one snapshot. Which objects are read at all, which of two copies counts, and
// their order; each kind is read in a file of its own.
import { type ApiObject, apiObjectsOf } from './api-objects.ts';
import { readEndpointSlice } from './endpoint-slices.ts';
import type { Fields } from './json.ts';
import type { LeaveOut } from './leave-out.ts';
import { readNode } from './nodes.ts';
import { readMeta } from './object-meta.ts';
import { readPod } from './pods.ts';
import { readService } from './services.ts';
import type { ClusterSnapshot, ObjectMeta, Skipped } from './snapshot.ts';

/**
 * Reads Services, EndpointSlices, Pods and Nodes, single or in lists of any kind, and notes the kinds of the rest
 * (`ConfigMap`; `Service.serving.knative.dev` where the kind is one of ours and the API group is not). Total: any JSON
 * value whatever gives a snapshot, and what cannot be read is in `skipped`. Of several copies of one object the highest
 * resourceVersion counts, or the last copy where a resourceVersion is no number; the order of the objects matters for
 * nothing else.
 */
export function snapshotFromObjects(objects: readonly unknown[]): ClusterSnapshot {
  const { objects: found, lists, strangers } = apiObjectsOf(objects);
  const kinds = new Set([...lists, ...found].map(kindName));
  const skipped: Skipped[] = [];
  const copies: Readonly<Record<Kind, Map<string, Found>>> = {
    Service: new Map(),
    EndpointSlice: new Map(),
    Pod: new Map(),
    Node: new Map(),
  };

  if (strangers.length > 0) skipped.push(notObjects(strangers));
  for (const object of found) {
    const kind = kindName(object);
    if (isOurs(kind)) keep(copies[kind], kind, object, skipped);
  }

  const readAll = <T>(kind: Kind, read: (object: Fields, meta: ObjectMeta, leaveOut: LeaveOut) => T | undefined): T[] =>
    [...copies[kind].values()].sort(byNamespaceAndName).flatMap(({ fields, meta }) => {
      const value = read(fields, meta, (reason) => skipped.push({ object: title(kind, meta), reason }));
      return value === undefined ? [] : [value];
    });

  return {
    services: readAll('Service', readService),
    endpointSlices: readAll('EndpointSlice', readEndpointSlice),
    pods: readAll('Pod', readPod),
    nodes: readAll('Node', readNode),
    kinds: new Set([...kinds].sort(byCodeUnit)),
    skipped: skipped.sort((a, b) => byCodeUnit(a.object, b.object) || byCodeUnit(a.reason, b.reason)),
  };
}

/** API group of the kinds we read; each has a namesake in somebody's custom resources. */
const groups = { Service: '', EndpointSlice: 'discovery.k8s.io', Pod: '', Node: '' } as const;

type Kind = keyof typeof groups;

interface Found {
  readonly fields: Fields;
  readonly meta: ObjectMeta;
}

function isOurs(kind: string): kind is Kind {
  return Object.hasOwn(groups, kind);
}

/** The kind, or `Kind.group` where that is not the group of ours. Without an apiVersion the kind is taken at its word. */
function kindName({ kind, apiVersion }: Pick<ApiObject, 'kind' | 'apiVersion'>): string {
  if (!isOurs(kind) || apiVersion === undefined) return kind;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return group === groups[kind] ? kind : `${kind}.${group || 'core'}`;
}

function keep(copies: Map<string, Found>, kind: Kind, { fields, number }: ApiObject, skipped: Skipped[]): void {
  const meta = readMeta(fields, kind !== 'Node');
  if (meta === undefined) {
    skipped.push({ object: `${kind} #${number}`, reason: 'has no usable metadata.name and namespace' });
    return;
  }
  const key = `${meta.namespace}/${meta.name}`;
  const other = copies.get(key);
  const newer = other === undefined || isNewer(meta, other.meta);
  if (newer) copies.set(key, { fields, meta });
  const left = newer ? other?.meta : meta;
  if (left === undefined || (other !== undefined && isSameVersion(meta, other.meta))) return;
  const version = left.resourceVersion === undefined ? '' : ` (resourceVersion ${left.resourceVersion})`;
  skipped.push({ object: title(kind, left), reason: `another copy was taken instead of this one${version}` });
}

function isSameVersion(a: ObjectMeta, b: ObjectMeta): boolean {
  return a.resourceVersion !== undefined && a.resourceVersion === b.resourceVersion;
}

// apimachinery/pkg/util/resourceversion CompareResourceVersion, v0.35: positive integers of any length, without leading
// zeros, that grow with each change of an object.
function isNewer(later: ObjectMeta, earlier: ObjectMeta): boolean {
  const [a, b] = [later.resourceVersion ?? '', earlier.resourceVersion ?? ''];
  if (!positiveInteger.test(a) || !positiveInteger.test(b)) return true;
  return a.length === b.length ? a >= b : a.length > b.length;
}

const positiveInteger = /^[1-9]\d*$/;

function notObjects(numbers: readonly number[]): Skipped {
  const more = numbers.length > 1 ? `, nor are ${numbers.length - 1} more` : '';
  return { object: `object #${numbers[0]}`, reason: `is no API object: it has no kind${more}` };
}

function title(kind: Kind, { namespace, name }: ObjectMeta): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function byNamespaceAndName(a: Found, b: Found): number {
  return byCodeUnit(a.meta.namespace, b.meta.namespace) || byCodeUnit(a.meta.name, b.meta.name);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
