// One service port on one node: what the rules do with it beside what the API offers.
import { type Address, type Family, hostPort } from '../address.ts';
import { podAt } from '../cluster/cluster-index.ts';
import { type Fraction, zero } from '../netfilter/fraction.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { Backend, Balance, Dispatch, Frontend, FrontendType, Owner } from '../proxiers/dispatch.ts';
import type { Endpoint } from '../proxiers/endpoints.ts';
import { once } from '../proxiers/once.ts';
import { type ServicePort, type ServicePortName, servicePortKey } from '../proxiers/service-ports.ts';
import { type Categorized, categorizeEndpoints } from '../proxiers/topology.ts';
import { type ClusterView, isTrusted, type NodeView } from './node-view.ts';

/**
 * What the API says of a backend. `stale`: in the rules, and no EndpointSlice offers it. `missing`: the other way round.
 * `unknown`: the API was not asked.
 */
export type BackendCondition = 'ready' | 'not-ready' | 'terminating' | 'stale' | 'missing' | 'unknown';

export interface BackendState {
  readonly address: Address;
  readonly port: number;
  /** Name of its Pod; empty where none is known. */
  readonly pod: string;
  readonly node: string;
  readonly policy: 'Cluster' | 'Local';
  readonly share: Fraction;
  /** `undefined` where no rule leads to it. */
  readonly ruleProbability: Fraction | undefined;
  readonly state: BackendCondition;
  readonly chain: string;
  readonly hairpin: boolean;
  readonly rules: readonly Rule[];
  /** In the rules although kube-proxy should not use it now, under any reading of its release. */
  readonly unwanted: string | undefined;
}

/** An address and port that the API gives the service port. */
export interface WayIn {
  readonly type: FrontendType;
  readonly address: Address | undefined;
  readonly port: number;
}

export interface PortState {
  readonly name: ServicePortName;
  readonly family: Family;
  /** `undefined` where the API does not have it, or was not asked. */
  readonly port: ServicePort | undefined;
  /** As installed, cluster IP first. */
  readonly frontends: readonly Frontend[];
  /** Given by the API, and no rule for them. */
  readonly missingWays: readonly WayIn[];
  /** Frontends at addresses and ports that the API does not give. */
  readonly leftovers: readonly Frontend[];
  readonly balances: readonly Balance[];
  /** Backends of the balances, and those that are missing there. */
  readonly backends: readonly BackendState[];
  readonly endpoints: readonly Endpoint[];
  /** What kube-proxy may use, one a possible reading of its release; empty without the API. */
  readonly wanted: readonly Categorized[];
}

/**
 * Every service port of the node's dispatches and of the API, sorted by name and family. What is costly to know of one
 * is read when it is asked for.
 */
export function portStates(view: NodeView): readonly PortState[] {
  return view.dispatches.flatMap((dispatch) => statesOf(view, dispatch)).sort(byName);
}

function byName(a: PortState, b: PortState): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left < right ? -1 : Number(left > right);
}

function sortKey({ name, family }: PortState): string {
  return [name.namespace, name.name, name.port, name.protocol, family].join('\0');
}

function statesOf(view: NodeView, dispatch: Dispatch): readonly PortState[] {
  const ports = (view.cluster?.ports ?? []).filter(({ family }) => family === dispatch.family);
  const portByKey = new Map(ports.map((port) => [servicePortKey(port.name), port]));
  const frontends = Map.groupBy(dispatch.frontends, ({ owner }) => ownerKey(owner));
  const named = dispatch.frontends.flatMap(({ owner }) => (owner.kind === 'nameless' ? [] : [owner.name]));
  const names = new Map([...ports.map(({ name }) => name), ...named].map((name) => [servicePortKey(name), name]));
  // What a damaged text lacks is not missing from the node.
  const cluster = isTrusted(view, dispatch.family) ? view.cluster : undefined;
  return [...names].map(([key, name]) =>
    portState(name, frontends.get(key) ?? [], cluster && portByKey.get(key), dispatch, cluster),
  );
}

function ownerKey(owner: Owner): string {
  return owner.kind === 'nameless' ? '' : servicePortKey(owner.name);
}

const typeOrder: readonly FrontendType[] = ['ClusterIP', 'ExternalIP', 'LoadBalancer', 'NodePort'];

function portState(
  name: ServicePortName,
  frontends: readonly Frontend[],
  port: ServicePort | undefined,
  { family }: Dispatch,
  cluster: ClusterView | undefined,
): PortState {
  const given = port === undefined ? [] : waysIn(port);
  const sorted = [...frontends].sort((a, b) => typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type));
  const endpoints = once(() => (port === undefined || cluster === undefined ? [] : cluster.endpoints.of(port)));
  const wanted = once(() => (port === undefined || cluster === undefined ? [] : wantedOf(port, endpoints(), cluster)));
  const balances = once(() => balancesOf(sorted));
  const backends = once(() => backendStates(balances(), endpoints(), wanted(), port, cluster));
  return {
    name,
    family,
    port,
    frontends: sorted,
    missingWays: given.filter((way) => !sorted.some((frontend) => sameWay(frontend, way))),
    leftovers: port === undefined ? [] : sorted.filter((frontend) => !mayBeGiven(frontend, port, given)),
    get balances() {
      return balances();
    },
    get backends() {
      return backends();
    },
    get endpoints() {
      return endpoints();
    },
    get wanted() {
      return wanted();
    },
  };
}

function wantedOf(port: ServicePort, endpoints: readonly Endpoint[], cluster: ClusterView): readonly Categorized[] {
  return cluster.rules.map((rules) => categorizeEndpoints(endpoints, port, cluster.topology, rules));
}

/** The chains that its connections may be shared out by, each once. */
function balancesOf(frontends: readonly Frontend[]): readonly Balance[] {
  const all = frontends.flatMap(({ balances }) => balances);
  return [...new Map(all.map((balance) => [balance.chain, balance])).values()];
}

/** The ways in that every release serves. */
function waysIn(port: ServicePort): readonly WayIn[] {
  const at = (type: FrontendType) => (address: Address) => ({ type, address, port: port.port });
  return [
    ...[port.clusterIP].map(at('ClusterIP')),
    ...[...new Set(port.externalIPs)].map(at('ExternalIP')),
    ...[...new Set(port.loadBalancerIPs)].map(at('LoadBalancer')),
    ...(port.nodePort === undefined ? [] : [{ type: 'NodePort' as const, address: undefined, port: port.nodePort }]),
  ];
}

function sameWay(frontend: Frontend, way: WayIn): boolean {
  return frontend.address === way.address && frontend.port === way.port;
}

/** Releases before 1.30 serve load balancer IPs of mode Proxy, too. */
function mayBeGiven(frontend: Frontend, port: ServicePort, given: readonly WayIn[]): boolean {
  if (given.some((way) => sameWay(frontend, way))) return true;
  return frontend.address !== undefined && frontend.port === port.port && port.proxyModeIPs.includes(frontend.address);
}

function backendStates(
  balances: readonly Balance[],
  endpoints: readonly Endpoint[],
  wanted: readonly Categorized[],
  port: ServicePort | undefined,
  cluster: ClusterView | undefined,
): readonly BackendState[] {
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const states = balances.flatMap((balance) =>
    balance.backends.map((backend) => stateOf(backend, balance, byId, wanted, cluster)),
  );
  if (port === undefined || cluster === undefined) return states;
  for (const policy of ['Cluster', 'Local'] as const) {
    const balance = balances.find((each) => each.policy === policy);
    const installed = new Set((balance?.backends ?? []).map((backend) => hostPort(backend.address, backend.port)));
    for (const endpoint of surelyWanted(wanted, policy, cluster)) {
      if (installed.has(endpoint.id)) continue;
      states.push(missing(endpoint, policy, cluster));
    }
  }
  return states;
}

/** Endpoints that kube-proxy uses under every reading of its release. For Local policy the node must be known. */
export function surelyWanted(
  wanted: readonly Categorized[],
  policy: 'Cluster' | 'Local',
  { topology }: Pick<ClusterView, 'topology'>,
): readonly Endpoint[] {
  if (policy === 'Local' && topology.name === undefined) return [];
  const [first, ...others] = wanted.map((each) => (policy === 'Cluster' ? each.cluster : each.local) ?? []);
  return (first ?? []).filter(({ id }) => others.every((list) => list.some((endpoint) => endpoint.id === id)));
}

function stateOf(
  backend: Backend,
  balance: Balance,
  endpoints: ReadonlyMap<string, Endpoint>,
  wanted: readonly Categorized[],
  cluster: ClusterView | undefined,
): BackendState {
  const { address, port: number, share, ruleProbability, chain, hairpin, rules } = backend;
  const endpoint = endpoints.get(hostPort(address, number));
  return {
    address,
    port: number,
    pod: podOf(endpoint, address, cluster),
    node: endpoint?.nodeName ?? nodeOfAddress(address, cluster),
    policy: balance.policy,
    share,
    ruleProbability,
    state: cluster === undefined ? 'unknown' : conditionOf(endpoint),
    chain,
    hairpin,
    rules,
    unwanted: cluster === undefined ? undefined : whyUnwanted(endpoint, wanted, balance.policy, cluster),
  };
}

function conditionOf(endpoint: Endpoint | undefined): BackendCondition {
  if (endpoint === undefined) return 'stale';
  if (endpoint.ready) return 'ready';
  return endpoint.serving && endpoint.terminating ? 'terminating' : 'stale';
}

/** In words why no reading of the release has this backend; `undefined` where one has it, or where that is not known. */
function whyUnwanted(
  endpoint: Endpoint | undefined,
  wanted: readonly Categorized[],
  policy: 'Cluster' | 'Local',
  cluster: ClusterView,
): string | undefined {
  if (endpoint === undefined) return 'no EndpointSlice has it';
  const used = wanted.some((each) =>
    (policy === 'Cluster' ? each.cluster : each.local)?.some(({ id }) => id === endpoint.id),
  );
  if (used) return undefined;
  if (!endpoint.ready && !endpoint.terminating) return 'its EndpointSlice says it is not ready';
  if (!endpoint.ready && !endpoint.serving) return 'its EndpointSlice says it is terminating and no longer serving';
  if (!endpoint.ready) return 'it is terminating, and others are ready';
  if (policy === 'Local') {
    const { name } = cluster.topology;
    if (name === undefined) return undefined;
    return endpoint.nodeName === name ? undefined : `it is on node ${endpoint.nodeName ?? 'unknown'}, not on ${name}`;
  }
  // Hints need the node's zone: without it they prove nothing.
  return cluster.topology.zone === undefined ? undefined : 'its topology hints are for another zone or node';
}

function missing(endpoint: Endpoint, policy: 'Cluster' | 'Local', cluster: ClusterView): BackendState {
  return {
    address: endpoint.address,
    port: endpoint.port,
    pod: podOf(endpoint, endpoint.address, cluster),
    node: endpoint.nodeName ?? nodeOfAddress(endpoint.address, cluster),
    policy,
    share: zero,
    ruleProbability: undefined,
    state: 'missing',
    chain: '',
    hairpin: false,
    rules: [],
    unwanted: undefined,
  };
}

/** The slice names the pod; for slices made by hand it is the pod that has the address. */
function podOf(endpoint: Endpoint | undefined, address: Address, cluster: ClusterView | undefined): string {
  if (endpoint?.pod !== undefined) return endpoint.pod.name;
  return (cluster && podAt(cluster.index, address)?.name) ?? '';
}

function nodeOfAddress(address: Address, cluster: ClusterView | undefined): string {
  if (cluster === undefined) return '';
  return podAt(cluster.index, address)?.node ?? cluster.index.nodesByAddress.get(address)?.name ?? '';
}
