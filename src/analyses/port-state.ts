// One service port on one node: what the rules do with it beside what the API offers.
import type { Family } from '../address.ts';
import type { Balance, Dispatch, Frontend, FrontendType, Owner } from '../proxiers/dispatch.ts';
import type { Endpoint } from '../proxiers/endpoints.ts';
import { once } from '../proxiers/once.ts';
import { type ServicePort, type ServicePortName, servicePortKey } from '../proxiers/service-ports.ts';
import type { Categorized } from '../proxiers/topology.ts';
import { type BackendState, backendStates } from './backend-state.ts';
import { type ClusterView, isTrusted, type NodeView } from './node-view.ts';
import { wantedEndpoints } from './wanted.ts';
import { mayBeGiven, sameWay, type WayIn, waysIn } from './way-in.ts';

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
 * Every service port of the node's dispatches and of the API that is asked about, sorted by name and family. What is
 * costly to know of one is read when it is asked for.
 */
export function portStates(
  view: NodeView,
  isAsked: (name: ServicePortName) => boolean = () => true,
): readonly PortState[] {
  return view.dispatches
    .flatMap((dispatch) => statesOf(view, dispatch, isAsked))
    .map((state) => ({ state, key: sortKey(state) }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ state }) => state);
}

function sortKey({ name, family }: PortState): string {
  return [name.namespace, name.name, name.port, name.protocol, family].join('\0');
}

function statesOf(
  view: NodeView,
  dispatch: Dispatch,
  isAsked: (name: ServicePortName) => boolean,
): readonly PortState[] {
  const ports = (view.cluster?.ports ?? []).filter(({ family, name }) => family === dispatch.family && isAsked(name));
  const portByKey = new Map(ports.map((port) => [servicePortKey(port.name), port]));
  const own = dispatch.frontends.filter(({ owner }) => owner.kind === 'nameless' || isAsked(owner.name));
  const frontends = Map.groupBy(own, ({ owner }) => ownerKey(owner));
  const named = own.flatMap(({ owner }) => (owner.kind === 'nameless' ? [] : [owner.name]));
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
  const wanted = once(() =>
    port === undefined || cluster === undefined ? [] : wantedEndpoints(port, endpoints(), cluster),
  );
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

/** The chains that its connections may be shared out by, each once. */
function balancesOf(frontends: readonly Frontend[]): readonly Balance[] {
  const all = frontends.flatMap(({ balances }) => balances);
  return [...new Map(all.map((balance) => [balance.chain, balance])).values()];
}
