// What every mode of kube-proxy must answer. *Installed* is what its text says is in the kernel, *expected* what kube-proxy
// of that release and configuration would write for the API's objects; how a mode keeps either is its own affair.
import type { Address, Family } from '../address.ts';
import type { Capture, SectionName } from '../capture/capture.ts';
import type { Defect, Rule, Ruleset } from '../netfilter/ruleset.ts';
import type { Comparison } from './comparison.ts';
import type { Client, Dispatch } from './dispatch.ts';
import type { EndpointMap } from './endpoints.ts';
import type { ProxyFacts } from './proxy-facts.ts';
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
  compare(cluster: ProxiedCluster, facts: ProxyFacts, scope?: (name: ServicePortName) => boolean): Comparison;
  /**
   * Rules of others that certainly take connections meant for one of the service ports, and those of hostPorts that
   * would if they stood first. `node` is the node's address.
   */
  foreignTakers(ports: readonly ServicePort[], node: (family: Family) => Address | undefined): readonly ForeignTaker[];
  /** Rules of the backend that kube-proxy does not use, where it holds any. */
  readonly others: readonly Ruleset[];
  /** What kube-proxies of before, and of other modes, and kubelets have left in families that can be trusted. */
  remains(): Remains;
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
  /** `before`: it takes what is the service port's. `behind`: it is for the same, and gets nothing. */
  readonly stands: 'before' | 'behind';
  /** Of a hostPort of a pod (the CNI plugin portmap, or kubelet's own of before): where it leads. */
  readonly hostPort: { readonly address: Address | undefined } | undefined;
  /** The jump to kube-proxy's rules. */
  readonly jump: Rule;
  readonly port: ServicePort;
  /** `undefined`: the node port. */
  readonly address: Address | undefined;
  readonly at: number;
  /** Whose connections. */
  readonly clients: readonly Client[];
}

export interface Remains {
  readonly otherBackends: readonly OtherBackend[];
  readonly ofModes: readonly ModeRemains[];
  readonly lostDrops: readonly LostDrop[];
  /** Packets for 127.0.0.0/8 from other hosts are let through, where the kernel routes them. */
  readonly localhostOpen: boolean;
}

/** kube-proxy's chains where it does not look any more. */
export interface OtherBackend {
  readonly ruleset: Ruleset;
  /** That hold rules. */
  readonly chains: number;
  /** Service ports and endpoints that have chains there. */
  readonly services: number;
  /** Rules of built-in chains that lead into them; empty: no packet meets them. */
  readonly jumps: readonly Rule[];
  /** How many chains are not as kube-proxy would write them. */
  differences(cluster: ProxiedCluster, facts: ProxyFacts): number;
}

export interface ModeRemains {
  readonly mode: 'ipvs' | 'userspace';
  readonly family: Family;
  /** `filter/KUBE-IPVS-FILTER`. */
  readonly chains: readonly string[];
  readonly jumps: readonly Rule[];
}

/**
 * `no-mark`: rules mean to drop, and the chain they lead to is empty. `no-drop`: it marks, and nobody drops what is marked.
 * `unhooked`: the chain that drops is filled, and nothing leads there.
 */
export interface LostDrop {
  readonly kind: 'no-mark' | 'no-drop' | 'unhooked';
  /** The rules that lead there; for `unhooked` the first of the chain. */
  readonly jumps: readonly Rule[];
}

export interface ChainRole {
  /** What the chain is for, in half a sentence that begins with a verb. */
  readonly does: string;
  /** For a chain made for one service port or endpoint: the name that all of its kind go by, `KUBE-SVC-*`. */
  readonly kind: string | undefined;
}

/** A fault of the text, or a table that kube-proxy must have and the text lacks. */
export type TextDefect = Defect | { readonly kind: 'table-missing'; readonly table: string };
