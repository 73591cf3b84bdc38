// What a node's rules do with traffic for Services, in words that every mode of kube-proxy shares: frontends (what is
// taken) and backends (where it may go, with which probability).
import type { Address, Family, Prefix } from '../address.ts';
import type { Protocol } from '../cluster/snapshot.ts';
import type { Fraction } from '../netfilter/fraction.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { ServicePort, ServicePortName } from './service-ports.ts';

export type FrontendType = 'ClusterIP' | 'ExternalIP' | 'LoadBalancer' | 'NodePort';

/**
 * Whose a rule or chain is. `known`: the API has this service port. `named`: the rules name a service port that the API
 * does not have, or was not asked about; `confirmed` where the chain's name is the hash of that name. `nameless`: a
 * chain whose hash is no known service port's, and no comment says more.
 */
export type Owner =
  | { readonly kind: 'known'; readonly name: ServicePortName; readonly port: ServicePort }
  | { readonly kind: 'named'; readonly name: ServicePortName; readonly confirmed: boolean }
  | { readonly kind: 'nameless'; readonly hash: string };

/** Where a connection comes from, as far as kube-proxy's rules treat clients differently. */
export type Client = 'pods' | 'node' | 'outside';
export const clients: readonly Client[] = ['pods', 'node', 'outside'];

export interface Frontend {
  readonly family: Family;
  readonly type: FrontendType;
  /** `undefined`: a node port. */
  readonly address: Address | undefined;
  /** Addresses of the node that a node port is open on; empty for the other types, and where it is open on all. */
  readonly openOn: readonly Address[];
  readonly port: number;
  readonly protocol: Protocol;
  readonly owner: Owner;
  /** The chain its traffic enters, by the mode's name for it. `undefined` where a rule refuses it at once or none takes it. */
  readonly chain: string | undefined;
  /** Load balancer source ranges that the rules hold; empty: everybody. */
  readonly sourceRanges: readonly Prefix[];
  readonly routes: Readonly<Record<Client, Route>>;
  /** The rules that take or refuse this frontend's traffic, in the order of the text. */
  readonly rules: readonly Rule[];
  /** The chains that may share out its connections, for whatever client. */
  readonly balances: readonly Balance[];
  /** The rules of the chain it enters, where that chain only leads on to those that share out. */
  readonly entryRules: readonly Rule[];
  /** A rule of another owner for the same address and port stands before: this frontend gets nothing. */
  readonly shadowedBy: Rule | undefined;
}

/** What happens to a new connection of one kind of client. */
export interface Route {
  /** `none`: no rule takes it. `undecided`: rules that are not understood decide. */
  readonly action: 'balance' | 'reject' | 'drop' | 'none' | 'undecided';
  /** Chains that share out the connection, and how much goes to each. */
  readonly through: readonly { readonly balance: Balance; readonly weight: Fraction }[];
  /** `undefined`: not known. */
  readonly masquerade: boolean | undefined;
  /** The rule an `undecided` outcome depends on, or that refuses. */
  readonly rule: Rule | undefined;
}

/** A chain that shares out connections among backends. */
export interface Balance {
  readonly chain: string;
  /** The traffic policy whose endpoints it holds. */
  readonly policy: 'Cluster' | 'Local';
  readonly owner: Owner;
  readonly backends: readonly Backend[];
  /** Seconds that a client stays with its backend; `undefined` without affinity. */
  readonly affinitySeconds: number | undefined;
  /** Probability that no rule takes: it leaves the chain without a backend. */
  readonly leak: Fraction;
  /** Probability that depends on rules that are not understood. */
  readonly undecided: Fraction;
  readonly undecidedAt: Rule | undefined;
  /** Chains of backends that more than one rule of the cascade leads to. */
  readonly repeated: readonly string[];
  /** Rules behind one that takes everything: they get nothing. */
  readonly unreachable: readonly Rule[];
  /** What the masquerade rule asks of the source, in words: `outside 10.244.0.0/16`. */
  readonly masqueradeNote: string | undefined;
  readonly rules: readonly Rule[];
}

export interface Backend {
  readonly address: Address;
  readonly port: number;
  /** The backend's own chain. */
  readonly chain: string;
  /** The probability that the rule itself has; 1 where it takes all that is left. */
  readonly ruleProbability: Fraction;
  /** The share of new connections that enter the chain and have no affinity. */
  readonly share: Fraction;
  /** True where a connection from the backend to itself is masqueraded. */
  readonly hairpin: boolean;
  /** The rules that lead here, the one of the balancing chain first. */
  readonly rules: readonly Rule[];
}

/** A chain of kube-proxy's that no frontend leads to, or that nobody owns. */
export interface LooseChain {
  readonly table: string;
  readonly chain: string;
  /** True for the chain of one backend: it goes with the chain that leads to it. */
  readonly ofBackend: boolean;
  readonly owner: Owner;
  /** The first comment in it or in a rule that leads to it. */
  readonly comment: string | undefined;
  readonly referenced: boolean;
  readonly rules: readonly Rule[];
}

export interface Dispatch {
  readonly family: Family;
  readonly frontends: readonly Frontend[];
  readonly balances: readonly Balance[];
  readonly loose: readonly LooseChain[];
  /** Jumps into kube-proxy's chains that a packet needs and that are not there, in words. */
  readonly missingJumps: readonly MissingJump[];
  /** Where node ports are open: every address of the node, these addresses, or nowhere (an empty list). */
  readonly nodePortAddresses: 'any' | readonly Address[];
  /** The health check node ports that the rules accept. */
  readonly healthCheckPorts: readonly { readonly port: number; readonly rule: Rule }[];
  /** How pods are told from other clients: a prefix, an interface name, or not at all. */
  readonly localDetector: string | undefined;
  /** Whether a new connection gets as far as the frontend's own rule. `node` is an address of the node, for node ports. */
  firstTaker(frontend: Frontend, client: Client, node: string | undefined): FirstTaker;
}

/**
 * Who gets a connection first. `own`: the frontend's rule. `other`: a rule before it takes the connection. `perhaps`: a
 * rule before it may take it. `passed-by`: no jump leads there.
 */
export type FirstTaker =
  | { readonly kind: 'own' | 'passed-by' }
  | { readonly kind: 'other' | 'perhaps'; readonly rule: Rule };

export interface MissingJump {
  readonly table: string;
  readonly from: string;
  readonly to: string;
  /** What does not work without it. */
  readonly without: string;
}
