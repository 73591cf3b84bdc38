// Why the API offers no endpoint for a service port, in words that name the object to mend.
import { podsMatching } from '../cluster/selectors.ts';
import type { Pod, Service } from '../cluster/snapshot.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import type { FindingCode } from '../report/catalogue.ts';
import type { Evidence } from '../report/finding.ts';
import { nearest } from './near.ts';
import type { ClusterView } from './node-view.ts';
import { count, listing } from './words.ts';

export interface Reason {
  readonly code: FindingCode;
  /** Ends a sentence that began with "no ready endpoints: ". */
  readonly because: string;
  readonly evidence: readonly Evidence[];
}

/** For a port without a ready endpoint; the first cause that holds, from the slices back to the pods. */
export function whyNoEndpoints(port: ServicePort, cluster: ClusterView): Reason {
  return (
    onlyOtherFamily(port, cluster) ??
    portMismatch(port, cluster) ??
    notReady(port, cluster) ??
    nothingSelected(port, cluster) ??
    noSlices(port, cluster)
  );
}

function slices({ service, family }: ServicePort, { index }: ClusterView) {
  const all = index.slices.get(`${service.namespace}/${service.name}`) ?? [];
  return { all, own: all.filter(({ addressType }) => addressType === family) };
}

function onlyOtherFamily(port: ServicePort, cluster: ClusterView): Reason | undefined {
  const { all, own } = slices(port, cluster);
  const offering = all.filter(({ endpoints }) => endpoints.length > 0);
  const other = offering.find(({ addressType }) => addressType !== port.family);
  if (other === undefined || own.some(({ endpoints }) => endpoints.length > 0)) return undefined;
  return {
    code: 'KPR109',
    because: `its EndpointSlices hold ${other.addressType} addresses only, none of ${port.family}`,
    evidence: [
      {
        kind: 'object',
        object: `EndpointSlice ${other.namespace}/${other.name}`,
        says: `addressType: ${other.addressType}`,
      },
    ],
  };
}

/** Slices join by the port's name and protocol, never by its number. */
function portMismatch(port: ServicePort, cluster: ClusterView): Reason | undefined {
  const { own } = slices(port, cluster);
  const offering = own.filter(({ endpoints }) => endpoints.length > 0);
  if (offering.length === 0) return undefined;
  const { name } = port;
  const joined = offering.some((slice) =>
    slice.ports.some((each) => each.name === name.port && each.protocol === name.protocol && each.port !== undefined),
  );
  if (joined) return undefined;
  const named = namedTargetPort(port, cluster);
  if (named !== undefined) return named;
  const offered = [
    ...new Set(offering.flatMap(({ ports }) => ports.map((each) => `"${each.name ?? ''}"/${each.protocol}`))),
  ];
  return {
    code: 'KPR110',
    because:
      offered.length === 0
        ? `its EndpointSlices list addresses and no port at all, it asks for "${name.port}"/${name.protocol}`
        : `its EndpointSlices offer port ${listing(offered)}, it asks for "${name.port}"/${name.protocol}; they join by name and protocol`,
    evidence: offering.slice(0, 3).map((slice) => ({
      kind: 'object',
      object: `EndpointSlice ${slice.namespace}/${slice.name}`,
      says: `ports: ${slice.ports.map((each) => `${each.name ?? 'null'}/${each.protocol} ${each.port ?? 'null'}`).join(', ') || 'none'}`,
    })),
  };
}

function namedTargetPort({ service, name }: ServicePort, { snapshot }: ClusterView): Reason | undefined {
  const spec = service.ports.find((each) => each.name === name.port && each.protocol === name.protocol);
  const target = spec?.targetPort;
  if (typeof target !== 'string') return undefined;
  const pods = podsMatching(snapshot, service.namespace, service.selector);
  if (pods.length === 0 || pods.some(({ ports }) => ports.some((each) => each.name === target))) return undefined;
  const names = [...new Set(pods.flatMap(({ ports }) => ports.flatMap((each) => each.name ?? [])))];
  return {
    code: 'KPR111',
    because: `targetPort "${target}" is the name of no container port of its pods${names.length === 0 ? '' : `: they have ${listing(names.map((each) => `"${each}"`))}`}`,
    evidence: pods.slice(0, 3).map((pod) => ({
      kind: 'object',
      object: `Pod ${pod.namespace}/${pod.name}`,
      says: `container ports: ${portNames(pod)}`,
    })),
  };
}

function portNames({ ports }: Pod): string {
  return ports.map((each) => `${each.name ?? 'unnamed'} ${each.port}/${each.protocol}`).join(', ') || 'none';
}

function notReady(port: ServicePort, cluster: ClusterView): Reason | undefined {
  const endpoints = cluster.endpoints.of(port);
  if (endpoints.length === 0) return undefined;
  const draining = endpoints.filter(({ terminating }) => terminating);
  const pods = endpoints.flatMap(({ pod }) =>
    pod === undefined ? [] : [cluster.index.pods.get(`${pod.namespace}/${pod.name}`)],
  );
  const reasons = [
    ...new Set(pods.flatMap((pod) => (pod?.notReady === undefined ? [] : [`${pod.name}: ${pod.notReady}`]))),
  ];
  const what =
    draining.length === endpoints.length
      ? `all ${count(endpoints.length, 'endpoint')} are terminating`.replace(
          'all 1 endpoint are',
          'its only endpoint is',
        )
      : `none of ${count(endpoints.length, 'endpoint')} is ready`
          .replace('none of 1 endpoint', 'its only endpoint')
          .replace('endpoint is ready', 'endpoint is not ready');
  return {
    code: 'KPR112',
    because: `${what} (${listing(endpoints.map(({ id }) => id))})${reasons.length === 0 ? '' : `: ${listing(reasons, 3)}`}`,
    evidence: endpoints.slice(0, 4).map((endpoint) => ({
      kind: 'object',
      object: `EndpointSlice ${port.name.namespace}/${endpoint.slice}`,
      says: `${endpoint.id}: ready ${endpoint.ready}, serving ${endpoint.serving}, terminating ${endpoint.terminating}`,
    })),
  };
}

function nothingSelected({ service }: ServicePort, { snapshot }: ClusterView): Reason | undefined {
  const { selector, namespace } = service;
  if (selector === undefined) return undefined;
  const wanted = selectorText(selector);
  const evidence: readonly Evidence[] = [
    { kind: 'object', object: `Service ${namespace}/${service.name}`, says: `selector: ${wanted}` },
  ];
  // Without pods among the objects the selector cannot be tried.
  if (!snapshot.kinds.has('Pod')) {
    return { code: 'KPR112', because: `no EndpointSlice lists an address for selector ${wanted}`, evidence };
  }
  const pods = podsMatching(snapshot, namespace, selector);
  if (pods.length > 0) return selectedButUnlisted(pods, wanted, evidence);
  return {
    code: 'KPR112',
    because: `selector ${wanted} matches no pod in namespace ${namespace}${nearMiss(service, snapshot.pods)}`,
    evidence,
  };
}

function selectedButUnlisted(pods: readonly Pod[], wanted: string, evidence: readonly Evidence[]): Reason {
  const reasons = pods.map(
    (pod) => `${pod.name}: ${pod.notReady ?? (pod.addresses.length === 0 ? 'it has no address' : pod.phase)}`,
  );
  return {
    code: 'KPR112',
    because: `selector ${wanted} matches ${count(pods.length, 'pod')}, and no EndpointSlice lists ${pods.length === 1 ? 'it' : 'them'} (${listing(reasons, 3)})`,
    evidence,
  };
}

/** The label that is nearly the wanted one, or the namespace that has such pods. */
function nearMiss({ namespace, selector = {} }: Service, pods: readonly Pod[]): string {
  const elsewhere = pods.filter(
    (pod) => pod.namespace !== namespace && Object.entries(selector).every(([key, value]) => pod.labels[key] === value),
  );
  if (elsewhere.length > 0)
    return `; ${count(elsewhere.length, 'pod')} in namespace ${listing([...new Set(elsewhere.map((pod) => pod.namespace))].sort())} would match`;
  const labels = [
    ...new Set(
      pods
        .filter((pod) => pod.namespace === namespace)
        .flatMap((pod) => Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`)),
    ),
  ];
  const near = Object.entries(selector).flatMap(([key, value]) => nearest(`${key}=${value}`, labels, 1));
  return near.length === 0 ? '' : `; nearest label there: ${near[0]}`;
}

export function selectorText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

function noSlices({ service }: ServicePort, _cluster: ClusterView): Reason {
  return {
    code: 'KPR112',
    because: 'the Service has no selector, and no EndpointSlice lists an address for it',
    evidence: [{ kind: 'object', object: `Service ${service.namespace}/${service.name}`, says: 'no selector' }],
  };
}
