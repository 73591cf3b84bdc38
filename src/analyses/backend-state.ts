// One backend of a service port: its share by the rules beside its condition by the API. Those the rules lack are here, too.
import { type Address, hostPort } from '../address.ts';
import { podAt } from '../cluster/cluster-index.ts';
import { type Fraction, zero } from '../netfilter/fraction.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { Backend, Balance } from '../proxiers/dispatch.ts';
import type { Endpoint } from '../proxiers/endpoints.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import type { Categorized } from '../proxiers/topology.ts';
import type { ClusterView } from './node-view.ts';
import { surelyWanted } from './wanted.ts';
import { whyUnwanted } from './why-unwanted.ts';

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

/** Backends of the balances in their order, then those that are missing there. */
export function backendStates(
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
