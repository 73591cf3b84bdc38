// The single objects inside lists. The API answers with lists of a kind (`ServiceList`, whose items leave their own kind
// out), kubectl with a `List` of anything.
import { elementsOf, type Fields, fieldsOf, isObject, nonEmptyTextOf } from './json.ts';

export interface ApiObject {
  readonly kind: string;
  /** `discovery.k8s.io/v1`; `undefined` where neither the object nor its list says. */
  readonly apiVersion: string | undefined;
  readonly fields: Fields;
  /** Place among all objects of all lists, from 1. */
  readonly number: number;
}

export interface ApiObjects {
  readonly objects: readonly ApiObject[];
  /** The lists of a kind, by their elements' kind: `Service` for a `ServiceList`, empty or not. */
  readonly lists: readonly { readonly kind: string; readonly apiVersion: string | undefined }[];
  /** Numbers of the values that are no API objects: they have no kind. */
  readonly strangers: readonly number[];
}

/** Lists are unpacked, in lists and out of them, in the order given. A list met twice (a YAML alias) is unpacked once. */
export function apiObjectsOf(values: readonly unknown[]): ApiObjects {
  const objects: ApiObject[] = [];
  const lists: ApiObjects['lists'][number][] = [];
  const strangers: number[] = [];
  const unpacked = new Set<readonly unknown[]>();
  const open: Level[] = [{ values, next: 0, kind: undefined, apiVersion: undefined }];
  let number = 0;

  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    if (level.next === level.values.length) {
      open.pop();
      continue;
    }
    const value = level.values[level.next++];
    const list = listIn(value, level.kind);
    if (list !== undefined) {
      if (list.kind !== undefined) lists.push({ kind: list.kind, apiVersion: list.apiVersion });
      if (!unpacked.has(list.values)) open.push(list);
      unpacked.add(list.values);
      continue;
    }
    number++;
    const kind = isObject(value) ? (nonEmptyTextOf(value.kind) ?? level.kind) : undefined;
    if (!isObject(value) || kind === undefined) strangers.push(number);
    else
      objects.push({ kind, apiVersion: nonEmptyTextOf(value.apiVersion) ?? level.apiVersion, fields: value, number });
  }
  return { objects, lists, strangers };
}

interface Level {
  readonly values: readonly unknown[];
  next: number;
  /** What the elements are where they do not say. */
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
}

/** Lists have no name of their own (meta/v1 ListMeta); an object of a kind that happens to end in List has. */
function listIn(value: unknown, elementKind: string | undefined): Level | undefined {
  if (Array.isArray(value)) return { values: value, next: 0, kind: undefined, apiVersion: undefined };
  if (!isObject(value)) return undefined;
  const kind = nonEmptyTextOf(value.kind);
  const values = elementsOf(value.items);
  if (kind === 'List' || (kind === undefined && elementKind === undefined && Array.isArray(value.items))) {
    return { values, next: 0, kind: undefined, apiVersion: undefined };
  }
  const element = kind?.endsWith('List') ? kind.slice(0, -'List'.length) : undefined;
  if (element === undefined || nonEmptyTextOf(fieldsOf(value.metadata).name) !== undefined) return undefined;
  return { values, next: 0, kind: element, apiVersion: nonEmptyTextOf(value.apiVersion) };
}
