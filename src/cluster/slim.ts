// API objects reduced to what this tool reads: a capture that is mailed holds no environment of a container, no
// annotation of a stranger's, no managed fields, no ConfigMap and no Secret. What is left gives the same snapshot.
import { apiObjectsOf } from './api-objects.ts';
import { elementsOf, type Fields, fieldsOf, isObject } from './json.ts';
import { type Leaf, podConditions, shaped, shapes } from './object-shapes.ts';

const groups: Readonly<Record<keyof typeof shapes, string>> = {
  Service: '',
  EndpointSlice: 'discovery.k8s.io',
  Pod: '',
  Node: '',
};

/**
 * Single objects, and an empty list for each kind that was listed and has none: an empty list says more than no list.
 * Objects of other kinds, and of other API groups with a kind of the same name, are left out.
 */
export function slimObjects(objects: readonly unknown[]): readonly object[] {
  const { objects: found, lists } = apiObjectsOf(objects);
  const slim = found.flatMap(({ kind, apiVersion, fields }) =>
    isOurs(kind, apiVersion) ? [{ apiVersion: versionOf(kind, apiVersion), kind, ...slimFields(kind, fields) }] : [],
  );
  const present = new Set(slim.map(({ kind }) => kind));
  const empty = new Map(
    lists.flatMap(({ kind, apiVersion }) =>
      isOurs(kind, apiVersion) && !present.has(kind) ? [[kind, versionOf(kind, apiVersion)] as const] : [],
    ),
  );
  return [...slim, ...[...empty].map(([kind, apiVersion]) => ({ apiVersion, kind: `${kind}List`, items: [] }))];
}

/** One `List` as JSON, one object a line: a text that --objects takes and that can be compared. */
export function objectsJson(objects: readonly object[]): string {
  const lines = objects.map((object) => JSON.stringify(object));
  return `{"apiVersion":"v1","kind":"List","items":[\n${lines.join(',\n')}\n]}\n`;
}

function slimFields(kind: keyof typeof shapes, fields: Fields): Fields {
  const slim = fieldsOf(shaped(fields, shapes[kind], plainValue));
  if (kind !== 'Pod') return slim;
  const status = fieldsOf(slim.status);
  if (!Array.isArray(status.conditions)) return slim;
  const conditions = elementsOf(status.conditions).filter((each) => podConditions.includes(fieldsOf(each).type));
  return { ...slim, status: { ...status, conditions } };
}

/** Where a string or a number belongs, an object may hold anything: it counts as absent, as it does for the reader. */
function plainValue(value: unknown, kind: Leaf): unknown {
  if (kind !== 'labels') return typeof value === 'object' ? undefined : value;
  if (!isObject(value)) return undefined;
  // A value of another type counts when a selector is read: it must stay, as nothing in particular.
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, typeof text === 'string' ? text : null]));
}

function isOurs(kind: string, apiVersion: string | undefined): kind is keyof typeof shapes {
  if (!Object.hasOwn(shapes, kind)) return false;
  return apiVersion === undefined || groupOf(apiVersion) === groups[kind as keyof typeof shapes];
}

function versionOf(kind: keyof typeof shapes, apiVersion: string | undefined): string {
  return apiVersion ?? (groups[kind] === '' ? 'v1' : `${groups[kind]}/v1`);
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
