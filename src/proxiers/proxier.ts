// What every mode of kube-proxy must answer. *Installed* is what its text says is in the kernel, *expected* what kube-proxy
// of that release and configuration would write for the API's objects; how a mode keeps either is its own affair.
import type { Address, Family } from '../address.ts';
import type { Capture, SectionName } from '../capture/capture.ts';
import type { Defect, Rule, Ruleset } from '../netfilter/ruleset.ts';
import type { Comparison } from './comparison.ts';
import type { Client, Dispatch } from './dispatch.ts';
import type { EndpointMap } from './endpoints.ts';
import type { NodeFacts } from './node-facts.ts';
import type { ReleaseRange } from './releases.ts';
import type { ServicePort, ServicePortName } from './service-ports.ts';

/** kube-proxy's own names: KubeProxyConfiguration `mode`. */
export type ProxyMode = 'iptables' | 'nftables' | 'ipvs' | 'kernelspace';

export interface Proxier {
  readonly mode: ProxyMode;
  /** What to ask the node for. */
  readonly sections: readonly SectionName[];
  read(capture: Capture): Installed;
}

/** What one node has installed, as one mode reads it. */
export interface Installed {
  readonly mode: ProxyMode;
  readonly rulesets: readonly Ruleset[];
  /** Why verdicts must not be built on it, each with its family; empty where nothing is wrong with the text. */
  readonly defects: readonly { readonly family: Family; readonly defect: TextDefect }[];
  /** Which releases write rules of this shape. */
  readonly writtenBy: ReleaseRange;
  /** `ports` are the API's, empty where only the rules are at hand. One dispatch a family that was read. */
  dispatch(ports: readonly ServicePort[]): readonly Dispatch[];
  /**
   * Beside what kube-proxy would write, in the families that can be trusted. `scope`: only these service ports are
   * known from the API, and what is of others says nothing.
   */
  compare(cluster: ProxiedCluster, facts: NodeFacts, scope?: (name: ServicePortName) => boolean): Comparison;
  /** Rules of others that certainly take connections meant for one of the service ports. `node` is the node's address. */
  foreignTakers(ports: readonly ServicePort[], node: (family: Family) => Address | undefined): readonly ForeignTaker[];
  /** `undefined` for a chain that is not kube-proxy's. */
  chainRole(table: string, chain: string): ChainRole | undefined;
}

/** The API's service ports and their endpoints. */
export interface ProxiedCluster {
  readonly ports: readonly ServicePort[];
  readonly endpoints: EndpointMap;
}

export interface ForeignTaker {
  readonly rule: Rule;
  readonly port: ServicePort;
  /** `undefined`: the node port. */
  readonly address: Address | undefined;
  readonly at: number;
  /** Whose connections. */
  readonly clients: readonly Client[];
}

export interface ChainRole {
  /** What the chain is for, in half a sentence that begins with a verb. */
  readonly does: string;
  /** For a chain made for one service port or endpoint: the name that all of its kind go by, `KUBE-SVC-*`. */
  readonly kind: string | undefined;
}

/** A fault of the text, or a table that kube-proxy must have and the text lacks. */
export type TextDefect = Defect | { readonly kind: 'table-missing'; readonly table: string };
