// metadata of an API object (apimachinery meta/v1 ObjectMeta).
import { type Fields, fieldsOf, nonEmptyTextOf, textMapOf, textOf } from './json.ts';
import type { ObjectMeta } from './snapshot.ts';

/**
 * An absent namespace is `default` ("equivalent to the default namespace": meta/v1 ObjectMeta.namespace), and empty where
 * the kind has none. `undefined` where the name or the namespace is absent or not one the API allows.
 */
export function readMeta(object: Fields, namespaced: boolean): ObjectMeta | undefined {
  const metadata = fieldsOf(object.metadata);
  const name = textOf(metadata.name);
  const namespace = namespaced ? (nonEmptyTextOf(metadata.namespace) ?? 'default') : '';
  if (name === undefined || !isPathSegment(name) || (namespaced && !isPathSegment(namespace))) return undefined;
  return {
    namespace,
    name,
    uid: nonEmptyTextOf(metadata.uid),
    resourceVersion: nonEmptyTextOf(metadata.resourceVersion),
    created: nonEmptyTextOf(metadata.creationTimestamp),
    deleted: nonEmptyTextOf(metadata.deletionTimestamp),
    labels: textMapOf(metadata.labels),
    annotations: textMapOf(metadata.annotations),
  };
}

// apimachinery/pkg/api/validation/path IsValidPathSegmentName: the least that every name must be. It keeps
// `namespace/name` a key without doubles.
function isPathSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name);
}
