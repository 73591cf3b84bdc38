// API objects under other names: what slimObjects keeps, each field mapped by what it holds. Ports, their names,
// protocols, times, releases and the API's own words stay; free text goes.
import type { Renamer } from './aliases.ts';
import { fieldsOf, isObject, textOf } from './json.ts';
import { type Leaf, type Shape, shaped, shapes } from './object-shapes.ts';
import { slimObjects } from './slim.ts';

/** Slim objects of aliases, in the order given. */
export function redactObjects(objects: readonly unknown[], renamer: Renamer): readonly object[] {
  return slimObjects(objects).map((object) => {
    const { apiVersion, kind } = fieldsOf(object);
    const shape: Shape | undefined = Object.entries(shapes).find(([name]) => name === kind)?.[1];
    // An empty list has nothing to hide.
    if (shape === undefined) return object;
    return { apiVersion, kind, ...fieldsOf(shaped(object, shape, (value, leaf) => redacted(value, leaf, renamer))) };
  });
}

function redacted(value: unknown, leaf: Leaf, renamer: Renamer): unknown {
  if (leaf === 'labels') return isObject(value) ? redactLabels(value, renamer) : undefined;
  const text = textOf(value);
  if (text === undefined || text === '') return value;
  switch (leaf) {
    case 'plain':
      return text;
    case 'reason':
      // As the kubelet and the scheduler write them: ContainersNotReady.
      return /^[A-Z][A-Za-z]{0,40}$/.test(text) ? text : 'Redacted';
    case 'message':
      return undefined;
    case 'annotation':
      return /^(?:auto|disabled|prefer[a-z]+)$/i.test(text) ? text : renamer.name('value', text);
    case 'address':
      if (text === 'None') return text;
      return renamer.address(text) ?? renamer.name('host', text);
    case 'prefix':
      return renamer.prefix(text.trim()) ?? renamer.name('host', text);
    case 'uid':
    case 'host':
    case 'namespace':
    case 'service':
    case 'slice':
    case 'pod':
    case 'container':
    case 'node':
    case 'zone':
      return renamer.name(leaf, text);
    default:
      return leaf satisfies never;
  }
}

function redactLabels(labels: Readonly<Record<string, unknown>>, renamer: Renamer): object {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [
      ofKubernetes.test(key) ? key : renamer.name('key', key),
      typeof value === 'string' ? redactLabel(key, value, renamer) : value,
    ]),
  );
}

/** The key of a role is a name of somebody's, but for these. */
const ofKubernetes =
  /^(?!node-role\.)(?:[a-z-]+\.)*(?:kubernetes|k8s)\.io\/[a-z.-]+$|^node-role\.kubernetes\.io\/(?:control-plane|worker)$/;

/** Labels whose values are words of Kubernetes' own. */
const openLabels: Readonly<Record<string, RegExp | undefined>> = {
  'endpointslice.kubernetes.io/managed-by': /^[a-z-]+\.k8s\.io$/,
  'kubernetes.io/os': /^(?:linux|windows)$/,
  'kubernetes.io/arch': /^[a-z0-9]{3,8}$/,
};

function redactLabel(key: string, value: string, renamer: Renamer): string {
  if (value === 'true' || value === 'false' || openLabels[key]?.test(value) === true) return value;
  switch (key) {
    case 'kubernetes.io/service-name':
      return renamer.name('service', value);
    case 'kubernetes.io/hostname':
      return renamer.name('node', value);
    case 'topology.kubernetes.io/zone':
    case 'failure-domain.beta.kubernetes.io/zone':
      return renamer.name('zone', value);
    default:
      return renamer.name('value', value);
  }
}
