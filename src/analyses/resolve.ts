// From a target to what it means on this node and in this API: which service ports, which pod, which chain. A name that
// nothing has gets the nearest names.
import { hostPort } from '../address.ts';
import { podAt } from '../cluster/cluster-index.ts';
import type { Pod, Service } from '../cluster/snapshot.ts';
import { UsageError } from '../errors.ts';
import type { Family } from '../netfilter/packet.ts';
import type { Chain } from '../netfilter/ruleset.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import { nearest } from './near.ts';
import type { NodeView } from './node-view.ts';
import type { PortState, WayIn } from './port-state.ts';
import type { Target } from './target.ts';
import { listing } from './words.ts';

export type Subject =
  /** `service` is `undefined` where only the rules know the name. */
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly service: Service | undefined;
      readonly states: readonly PortState[];
    }
  /** An address and port, or a node port, and the ways in that it is. */
  | { readonly kind: 'way'; readonly text: string; readonly states: readonly PortState[] }
  | { readonly kind: 'pod'; readonly name: string; readonly pod: Pod; readonly states: readonly PortState[] }
  /** A backend's address that belongs to no pod of the API's. */
  | { readonly kind: 'backend'; readonly text: string; readonly states: readonly PortState[] }
  | { readonly kind: 'node'; readonly name: string; readonly address: string; readonly states: readonly PortState[] }
  /** An address that the API gives a service port, and that has no rules here by design or for want of text. */
  | {
      readonly kind: 'passed-on';
      readonly text: string;
      readonly port: ServicePort;
      readonly why: 'family' | 'ip-mode';
      readonly states: readonly PortState[];
    }
  | {
      readonly kind: 'nobody';
      readonly text: string;
      readonly near: readonly string[];
      readonly serviceNetwork: boolean;
      /** Ways in at the same address with other ports. */
      readonly neighbours: readonly { readonly name: PortState['name']; readonly way: WayIn }[];
      readonly states: readonly [];
    }
  | { readonly kind: 'chain'; readonly family: Family; readonly chain: Chain; readonly states: readonly PortState[] };

/** Throws UsageError where a name, port or chain is not there, with the nearest that are. */
export function resolveTarget(view: NodeView, target: Target, states: readonly PortState[]): Subject {
  switch (target.kind) {
    case 'service':
      return resolveService(view, target, states);
    case 'address':
      return resolveAddress(view, target, states);
    case 'node-port': {
      const text = `node port ${target.port}${target.protocol === undefined ? '' : `/${target.protocol.toLowerCase()}`}`;
      const found = narrowed(
        states,
        (way, protocol) => way.type === 'NodePort' && way.port === target.port && fits(target.protocol, protocol),
      );
      if (found.length > 0) return { kind: 'way', text, states: found };
      return {
        kind: 'nobody',
        text,
        near: nearPorts(target.port, states),
        serviceNetwork: false,
        neighbours: [],
        states: [],
      };
    }
    case 'pod':
      return resolvePod(view, target, states);
    case 'chain':
      return resolveChain(view, target, states);
    default:
      return target satisfies never;
  }
}

function fits<T>(wanted: T | undefined, is: T): boolean {
  return wanted === undefined || wanted === is;
}

function resolveService(
  view: NodeView,
  target: Extract<Target, { kind: 'service' }>,
  states: readonly PortState[],
): Subject {
  const { namespace, name, port } = target;
  const service = view.cluster?.index.services.get(`${namespace}/${name}`);
  const own = states.filter((state) => state.name.namespace === namespace && state.name.name === name);
  if (service === undefined && own.length === 0) throw unknownService(view, target, states);
  const asked =
    port === undefined ? own : own.filter((state) => state.name.port === port || String(portNumber(state)) === port);
  const inApi = service?.ports.some((each) => each.name === port || String(each.port) === port);
  if (port !== undefined && asked.length === 0 && inApi !== true) {
    const ports =
      service?.ports.map((each) =>
        each.name === '' ? String(each.port) : `${each.name} (${each.port}/${each.protocol})`,
      ) ?? own.map((state) => state.name.port);
    throw new UsageError('NO_SUCH_PORT', `${namespace}/${name} has no port ${port}`, {
      hint: `It has ${listing([...new Set(ports)], 8) || 'none'}`,
    });
  }
  return { kind: 'service', name: `${namespace}/${name}`, service, states: asked };
}

function portNumber({ port, frontends }: PortState): number | undefined {
  return port?.port ?? frontends.find(({ type }) => type !== 'NodePort')?.port;
}

function unknownService(
  view: NodeView,
  { namespace, name }: { namespace: string; name: string },
  states: readonly PortState[],
): UsageError {
  const known = [...(view.cluster?.snapshot.services ?? []), ...states.map((state) => state.name)].map((each) => ({
    namespace: each.namespace,
    name: each.name,
  }));
  const elsewhere = [...new Set(known.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`))];
  const here = nearest(
    name,
    [...new Set(known.filter((each) => each.namespace === namespace).map((each) => each.name))],
    3,
  );
  const near = nearest(name, [...new Set(known.map((each) => each.name))], 3).flatMap((each) =>
    known.filter((other) => other.name === each).map((other) => `${other.namespace}/${other.name}`),
  );
  const hint =
    elsewhere.length > 0
      ? `There is one of that name with ${listing(elsewhere)}`
      : here.length > 0
        ? `Near it: ${listing(here.map((each) => `svc/${each}`))}`
        : near.length > 0
          ? `Near it: ${listing([...new Set(near)])}`
          : 'See kubectl get services -A';
  const where = view.cluster === undefined ? 'the rules name' : 'the API has';
  return new UsageError('NO_SUCH_SERVICE', `${where} no Service ${namespace}/${name}`, { hint });
}

/** Keeps of each state only the ways in that pass. */
function narrowed(
  states: readonly PortState[],
  pass: (way: WayIn, protocol: PortState['name']['protocol']) => boolean,
): readonly PortState[] {
  return states.flatMap((state) => {
    const { protocol } = state.name;
    const frontends = state.frontends.filter((frontend) => pass(frontend, protocol));
    const missingWays = state.missingWays.filter((way) => pass(way, protocol));
    if (frontends.length === 0 && missingWays.length === 0) return [];
    return [
      { ...state, frontends, missingWays, leftovers: state.leftovers.filter((each) => frontends.includes(each)) },
    ];
  });
}

function resolveAddress(
  view: NodeView,
  target: Extract<Target, { kind: 'address' }>,
  states: readonly PortState[],
): Subject {
  const { address, port, protocol } = target;
  const suffix = protocol === undefined ? '' : `/${protocol.toLowerCase()}`;
  const text = (port === undefined ? address : hostPort(address, port)) + suffix;
  const ways = narrowed(states, (way, is) => way.address === address && fits(port, way.port) && fits(protocol, is));
  if (ways.length > 0) return { kind: 'way', text, states: ways };
  const passedOn = passedOnPort(view, target);
  if (passedOn !== undefined) {
    const own = states.filter((state) => state.port === passedOn);
    return { kind: 'passed-on', text, port: passedOn, why: own.length === 0 ? 'family' : 'ip-mode', states: own };
  }
  const node = view.cluster?.index.nodesByAddress.get(address);
  if (node !== undefined) {
    const open = narrowed(states, (way, is) => way.type === 'NodePort' && fits(port, way.port) && fits(protocol, is));
    return { kind: 'node', name: node.name, address: text, states: open };
  }
  const backends = states.filter(
    (state) =>
      state.backends.some((each) => each.address === address && fits(port, each.port)) &&
      fits(protocol, state.name.protocol),
  );
  const pod = view.cluster && podAt(view.cluster.index, address);
  if (pod !== undefined)
    return { kind: 'pod', name: `${pod.namespace}/${pod.name}`, pod, states: leadingTo(states, pod) };
  if (backends.length > 0) return { kind: 'backend', text, states: backends };
  const neighbours = states.flatMap(({ name, frontends, missingWays }) =>
    [...frontends, ...missingWays].filter((way) => way.address === address).map((way) => ({ name, way })),
  );
  return {
    kind: 'nobody',
    text,
    near: [...new Set(nearAddresses(address, states))].slice(0, 3),
    neighbours,
    serviceNetwork: inServiceNetwork(address, states),
    states: [],
  };
}

function passedOnPort(
  view: NodeView,
  { address, port, protocol }: Extract<Target, { kind: 'address' }>,
): ServicePort | undefined {
  return view.cluster?.ports.find(
    (each) =>
      [each.clusterIP, ...each.externalIPs, ...each.loadBalancerIPs, ...each.proxyModeIPs].includes(address) &&
      fits(port, each.port) &&
      fits(protocol, each.name.protocol),
  );
}

function nearAddresses(address: string, states: readonly PortState[]): readonly string[] {
  const known = states
    .flatMap((state) => state.frontends.map((way) => ({ way, state })))
    .filter(({ way }) => way.address !== undefined);
  return nearest(address, [...new Set(known.map(({ way }) => way.address ?? ''))], 3).flatMap((each) =>
    known
      .filter(({ way }) => way.address === each)
      .slice(0, 1)
      .map(({ way, state }) => `${hostPort(each, way.port)} (${state.name.namespace}/${state.name.name})`),
  );
}

/** Among the cluster IPs by its first two numbers: a guess for a sentence, never for a verdict. */
function inServiceNetwork(address: string, states: readonly PortState[]): boolean {
  const head = (text: string) => text.split(/[.:]/).slice(0, 2).join('.');
  return states.some(({ frontends }) =>
    frontends.some(
      (way) => way.type === 'ClusterIP' && way.address !== undefined && head(way.address) === head(address),
    ),
  );
}

function nearPorts(port: number, states: readonly PortState[]): readonly string[] {
  const ports = [
    ...new Set(
      states.flatMap(({ frontends }) => frontends.filter(({ type }) => type === 'NodePort').map((way) => way.port)),
    ),
  ];
  return ports
    .sort((a, b) => Math.abs(a - port) - Math.abs(b - port) || a - b)
    .slice(0, 3)
    .map((each) => `nodeport/${each}`);
}

function resolvePod(
  view: NodeView,
  { namespace, name }: { namespace: string; name: string },
  states: readonly PortState[],
): Subject {
  if (view.cluster === undefined) {
    throw new UsageError('NEEDS_OBJECTS', 'a pod cannot be found without the API objects', {
      hint: 'Give --objects with pods in it, or ask for the pod’s address',
    });
  }
  const { index, snapshot } = view.cluster;
  const pod = index.pods.get(`${namespace}/${name}`);
  if (pod !== undefined) return { kind: 'pod', name: `${namespace}/${name}`, pod, states: leadingTo(states, pod) };
  const elsewhere = snapshot.pods.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`);
  const near = nearest(
    name,
    snapshot.pods.filter((each) => each.namespace === namespace).map((each) => each.name),
    3,
  );
  const hint =
    elsewhere.length > 0
      ? `There is one of that name with ${listing(elsewhere)}`
      : near.length > 0
        ? `Near it: ${listing(near.map((each) => `pod/${each}`))}`
        : snapshot.kinds.has('Pod')
          ? 'See kubectl get pods -A'
          : 'The objects hold no pods: add them to --objects';
  throw new UsageError('NO_SUCH_POD', `the API has no pod ${namespace}/${name}`, { hint });
}

/** Service ports whose rules, or whose endpoints, hold the pod. */
function leadingTo(states: readonly PortState[], pod: Pod): readonly PortState[] {
  const addresses = new Set(pod.addresses);
  return states.filter(
    (state) =>
      state.backends.some((each) => addresses.has(each.address) && (each.pod === '' || each.pod === pod.name)) ||
      state.endpoints.some((each) => each.pod?.name === pod.name && each.pod.namespace === pod.namespace),
  );
}

function resolveChain(
  view: NodeView,
  { table, name }: { table: string | undefined; name: string },
  states: readonly PortState[],
): Subject {
  const names: string[] = [];
  const found: { family: Family; chain: Chain }[] = [];
  for (const ruleset of view.installed.rulesets) {
    for (const each of ruleset.tables) {
      if (table !== undefined && each.name !== table) continue;
      const chain = each.chain(name);
      if (chain !== undefined) found.push({ family: ruleset.family, chain });
      else for (const other of each.chains()) names.push(other.name);
    }
  }
  // Where several tables have a chain of the name, the one with most rules is meant; nat/NAME asks for another.
  const [best] = found.sort((a, b) => b.chain.ruleCount - a.chain.ruleCount);
  if (best === undefined) {
    const near = nearest(name, [...new Set(names)], 3);
    throw new UsageError('NO_SUCH_CHAIN', `no table that was read has a chain ${name}`, {
      hint:
        near.length > 0 ? `Near it: ${listing(near)}` : 'Chains of Services begin with KUBE-SVC-, KUBE-EXT-, KUBE-SEP-',
    });
  }
  const owned = states.filter((state) => state.family === best.family && chainsOf(state).has(name));
  return { kind: 'chain', ...best, states: owned };
}

function chainsOf({ frontends, balances, backends }: PortState): ReadonlySet<string> {
  return new Set([
    ...frontends.flatMap(({ chain }) => chain ?? []),
    ...frontends.flatMap(({ routes }) =>
      Object.values(routes).flatMap(({ through }) => through.map(({ balance }) => balance.chain)),
    ),
    ...balances.map(({ chain }) => chain),
    ...backends.map(({ chain }) => chain),
  ]);
}
