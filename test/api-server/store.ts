// The objects that the tests' API server serves: by resource, with selectors, resourceVersions and pages.

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Resource {
  readonly plural: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespaced: boolean;
}

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  plural,
  kind,
  apiVersion: 'v1',
  namespaced,
});

export const resources: readonly Resource[] = [
  core('services', 'Service'),
  core('endpoints', 'Endpoints'),
  core('pods', 'Pod'),
  core('events', 'Event'),
  core('configmaps', 'ConfigMap'),
  core('serviceaccounts', 'ServiceAccount'),
  core('nodes', 'Node', false),
  core('namespaces', 'Namespace', false),
  { plural: 'endpointslices', kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', namespaced: true },
  { plural: 'daemonsets', kind: 'DaemonSet', apiVersion: 'apps/v1', namespaced: true },
];

export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export class ObjectStore {
  #version = 1000;
  #made = 0;
  readonly #objects = new Map<string, ApiObject>();

  /** The objects keep the resourceVersions they have. */
  constructor(objects: readonly unknown[] = []) {
    for (const object of objects as readonly ApiObject[]) {
      const { resourceVersion } = object.metadata;
      this.#version = Math.max(this.#version, Number(resourceVersion ?? 0));
      this.#store(object, resourceVersion);
    }
  }

  /** The newest resourceVersion. */
  get version(): string {
    return String(this.#version);
  }

  /** Adds or replaces; gives it a new resourceVersion, and a uid where it has none. Kinds unknown here are left out. */
  put(object: ApiObject): ApiObject {
    return this.#store(object, undefined);
  }

  #store(object: ApiObject, version: string | undefined): ApiObject {
    const resource = resources.find(({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion);
    if (resource === undefined) return object;
    const namespace = resource.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
    const key = keyOf(resource, namespace, object.metadata.name);
    const uid = object.metadata.uid ?? this.#objects.get(key)?.metadata.uid ?? `uid-${++this.#made}`;
    const metadata = {
      creationTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
      ...object.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion: version ?? String(++this.#version),
    };
    const stored = { ...object, metadata };
    this.#objects.set(key, stored);
    return stored;
  }

  get(resource: Resource, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#objects.get(keyOf(resource, namespace, name));
  }

  remove(resource: Resource, namespace: string | undefined, name: string): ApiObject | undefined {
    const key = keyOf(resource, namespace, name);
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (object !== undefined) this.#version++;
    return object;
  }

  /** In the order of etcd's keys: namespace, then name. */
  select(resource: Resource, { namespace, labelSelector, fieldSelector }: Selection = {}): readonly ApiObject[] {
    const prefix = `${resource.plural}|${namespace === undefined ? '' : `${namespace}|`}`;
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => matchesLabels(object.metadata.labels ?? {}, labelSelector))
      .filter((object) => matchesFields(object, fieldSelector));
  }
}

function keyOf(resource: Resource, namespace: string | undefined, name: string): string {
  return `${resource.plural}|${resource.namespaced ? `${namespace}|` : ''}${name}`;
}

// `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`
function matchesLabels(labels: Readonly<Record<string, string>>, selector = ''): boolean {
  const terms = selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
  return terms.every((term) => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term);
    if (set !== null) {
      const [, name = '', operator, values = ''] = set;
      const isIn = values.split(',').some((value) => value.trim() === labels[name]);
      return operator === 'in' ? isIn : !isIn;
    }
    const equal = /^\s*([^=!]+?)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
    if (equal !== null) {
      const [, name = '', operator, value] = equal;
      return (labels[name] === value) === (operator !== '!=');
    }
    const name = term.trim();
    return name.startsWith('!') ? !(name.slice(1) in labels) : name in labels;
  });
}

function matchesFields(object: unknown, selector = ''): boolean {
  return selector.split(',').every((term) => {
    const [, path = '', operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim()) ?? [];
    if (path === '') return true;
    const found = path
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object);
    return (String(found ?? '') === value) === (operator !== '!=');
  });
}
