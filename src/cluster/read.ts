// Reads from the API server the objects that a verb needs, and no others; what is forbidden is a value, so that a verb goes
// on with what is allowed.
import { ApiError } from '../api/api-error.ts';
import type { ApiServer, ObjectList, Query, RequestOptions } from '../api/api-server.ts';
import { type Fields, fieldsOf, textMapOf, textOf } from './json.ts';
import { mountedConfigMaps, proxyContainer, templateOf } from './proxy-objects.ts';

/** Each part is read only where it is named. */
export interface Wanted {
  /** One Service with its EndpointSlices, or those of a namespace, or all. */
  readonly services?: ServiceChoice | undefined;
  /** All, those of a label selector, or these. */
  readonly nodes?: 'all' | { readonly selector: string } | readonly string[] | undefined;
  /** All (of the namespace of `services`, where it has one), or only those that the Service's selector takes. */
  readonly pods?: 'all' | 'selected' | undefined;
  /** kube-proxy's DaemonSets, their ConfigMaps, and its pods: of these nodes, or all. */
  readonly kubeProxy?: 'all' | readonly string[] | undefined;
}

export type ServiceChoice = 'all' | { readonly namespace: string; readonly name?: string | undefined };

export interface ClusterRead {
  /** For snapshotFromObjects: lists and single objects as the server wrote them, without managedFields. */
  readonly objects: readonly unknown[];
  /** kube-proxy's own objects. */
  readonly kubeProxy: KubeProxyObjects;
  /** By resource: what each list is consistent with. */
  readonly resourceVersions: Readonly<Record<string, string>>;
  readonly forbidden: readonly Forbidden[];
  /** Asked for by name and not there: `Service shop/web`. */
  readonly absent: readonly string[];
}

export interface KubeProxyObjects {
  readonly daemonSets: readonly unknown[];
  readonly configMaps: readonly unknown[];
  readonly pods: readonly unknown[];
}

export interface Forbidden {
  /** `nodes`, `endpointslices.discovery.k8s.io`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly sentence: string;
  /** `kubectl auth can-i list nodes` */
  readonly canI: string;
}

/** Throws ClusterError for all but missing permissions and absent names. */
export async function readCluster(api: ApiServer, wanted: Wanted, options: RequestOptions = {}): Promise<ClusterRead> {
  const reader = openReader(api, options);
  const [services, nodes, kubeProxy] = await Promise.all([
    readServices(reader, wanted),
    readNodes(reader, wanted.nodes),
    readKubeProxy(reader, wanted.kubeProxy),
  ]);
  return {
    objects: [...services, ...nodes],
    kubeProxy,
    resourceVersions: Object.fromEntries([...reader.versions].sort(byKey)),
    forbidden: [...reader.forbidden.values()].sort((a, b) => byCodeUnit(a.canI, b.canI)),
    absent: reader.absent.sort(byCodeUnit),
  };
}

async function readServices(reader: Reader, { services, pods }: Wanted): Promise<readonly unknown[]> {
  if (services === undefined) return pods === 'all' ? [await reader.list(core('pods'))] : [];
  const namespace = services === 'all' ? undefined : services.namespace;
  const name = services === 'all' ? undefined : services.name;
  const slices: Resource = { group: 'discovery.k8s.io', plural: 'endpointslices', kind: 'EndpointSlice', namespace };
  const ofService = name === undefined ? {} : { labelSelector: `kubernetes.io/service-name=${name}` };
  const [service, endpointSlices, everyPod] = await Promise.all([
    name === undefined ? reader.list(core('services', namespace)) : reader.get(core('services', namespace), name),
    reader.list(slices, ofService),
    pods === 'all' ? reader.list(core('pods', namespace)) : undefined,
  ]);
  const chosen = pods === 'selected' && name !== undefined ? await podsOf(reader, service, namespace) : undefined;
  return [service, endpointSlices, everyPod, chosen].filter((it) => it !== undefined);
}

/** The pods that the Service selects; none are read for a Service without a selector. */
function podsOf(reader: Reader, service: unknown, namespace: string | undefined): Promise<unknown> | undefined {
  const selector = Object.entries(textMapOf(fieldsOf(fieldsOf(service).spec).selector));
  if (selector.length === 0) return undefined;
  return reader.list(core('pods', namespace), {
    labelSelector: selector.map(([key, value]) => `${key}=${value}`).join(','),
  });
}

async function readNodes(reader: Reader, nodes: Wanted['nodes']): Promise<readonly unknown[]> {
  if (nodes === undefined) return [];
  if (nodes === 'all') return [await reader.list(core('nodes'))].filter((it) => it !== undefined);
  if ('selector' in nodes) {
    return [await reader.list(core('nodes'), { labelSelector: nodes.selector })].filter((it) => it !== undefined);
  }
  const read = await Promise.all(nodes.map((name) => reader.get(core('nodes'), name)));
  return read.filter((it) => it !== undefined);
}

const kubeSystem = 'kube-system';
/** More nodes than this, and their pods are read in one list. */
const fewNodes = 8;

async function readKubeProxy(reader: Reader, nodes: Wanted['kubeProxy']): Promise<KubeProxyObjects> {
  if (nodes === undefined) return { daemonSets: [], configMaps: [], pods: [] };
  const selectors =
    nodes === 'all' || nodes.length > fewNodes
      ? [{}]
      : nodes.map((name) => ({ fieldSelector: `spec.nodeName=${name}` }));
  const [sets, ...pods] = await Promise.all([
    reader.list({ group: 'apps', plural: 'daemonsets', kind: 'DaemonSet', namespace: kubeSystem }),
    ...selectors.map((query) => reader.list(core('pods', kubeSystem), query)),
  ]);
  const daemonSets = itemsOf(sets).filter(({ spec }) => proxyContainer(templateOf(spec)) !== undefined);
  const mounted = daemonSets.flatMap(({ spec }) => mountedConfigMaps(templateOf(spec)));
  // kubeadm's name, for who may not see DaemonSets.
  const names = [...new Set(mounted.length === 0 && sets === undefined ? ['kube-proxy'] : mounted)];
  const configMaps = await Promise.all(names.map((name) => reader.get(core('configmaps', kubeSystem), name)));
  return {
    daemonSets,
    configMaps: configMaps.flatMap((it) => (textOf(fieldsOf(it).kind) === 'ConfigMap' ? [it] : [])),
    pods: pods.flatMap(itemsOf).filter(({ spec }) => proxyContainer(spec) !== undefined),
  };
}

interface Resource {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** `undefined` is all namespaces, or none of its own. */
  readonly namespace: string | undefined;
}

const coreKinds = { services: 'Service', pods: 'Pod', nodes: 'Node', configmaps: 'ConfigMap' } as const;

function core(plural: keyof typeof coreKinds, namespace?: string): Resource {
  return { group: '', plural, kind: coreKinds[plural], namespace };
}

interface Reader {
  /** `undefined` where it is forbidden. */
  list(resource: Resource, query?: Query): Promise<ObjectList | undefined>;
  /** An empty list of its kind where the object is not there; `undefined` where it is forbidden. */
  get(resource: Resource, name: string): Promise<unknown>;
  readonly versions: Map<string, string>;
  /** By the line that asks. */
  readonly forbidden: Map<string, Forbidden>;
  readonly absent: string[];
}

function openReader(api: ApiServer, options: RequestOptions): Reader {
  const versions = new Map<string, string>();
  const forbidden = new Map<string, Forbidden>();
  const absent: string[] = [];

  const allowed = async <T>(resource: Resource, verb: string, name: string | undefined, read: () => Promise<T>) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      const { group, plural, namespace } = resource;
      const canI = api.canI({ verb, resource: plural, group, namespace, name });
      const title = group === '' ? plural : `${plural}.${group}`;
      forbidden.set(canI, { resource: title, namespace, sentence: error.message, canI });
      return undefined;
    }
  };
  return {
    versions,
    forbidden,
    absent,
    list: (resource, query = {}) =>
      allowed(resource, 'list', undefined, async () => {
        const list = await api.list(pathOf(resource), query, options);
        if (list.resourceVersion !== undefined) versions.set(resource.plural, list.resourceVersion);
        return { ...list, items: list.items.map(withoutManagedFields) };
      }),
    get: (resource, name) =>
      allowed(resource, 'get', name, async () => {
        try {
          return withoutManagedFields(await api.get(`${pathOf(resource)}/${encodeURIComponent(name)}`, {}, options));
        } catch (error) {
          if (!(error instanceof ApiError && error.status === 404)) throw error;
          const { group, kind, namespace } = resource;
          absent.push(`${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`);
          return { kind: `${kind}List`, apiVersion: group === '' ? 'v1' : `${group}/v1`, items: [] };
        }
      }),
  };
}

function pathOf({ group, plural, namespace }: Resource): string {
  const version = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  return `${version}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

/** Who wrote which field is half of a Pod's size, and nothing that is asked here. */
function withoutManagedFields(object: unknown): unknown {
  const fields = fieldsOf(object);
  const { managedFields, ...metadata } = fieldsOf(fields.metadata);
  return managedFields === undefined ? object : { ...fields, metadata };
}

function itemsOf(list: ObjectList | undefined): readonly Fields[] {
  if (list === undefined) return [];
  const kind = list.kind?.replace(/List$/, '');
  return list.items.map((item) => ({ apiVersion: list.apiVersion, kind, ...fieldsOf(item) }));
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return byCodeUnit(a, b);
}
