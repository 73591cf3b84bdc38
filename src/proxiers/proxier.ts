// What every mode of kube-proxy must answer. *Installed* is what its text says is in the kernel; how a mode keeps it is
// its own affair. What kube-proxy *would* write, and the comparison of both, come with drift.
import type { Family } from '../address.ts';
import type { Capture, SectionName } from '../capture/capture.ts';
import type { Defect, Ruleset } from '../netfilter/ruleset.ts';
import type { Dispatch } from './dispatch.ts';
import type { ReleaseRange } from './releases.ts';
import type { ServicePort } from './service-ports.ts';

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
  /** `undefined` for a chain that is not kube-proxy's. */
  chainRole(table: string, chain: string): ChainRole | undefined;
}

export interface ChainRole {
  /** What the chain is for, in half a sentence that begins with a verb. */
  readonly does: string;
  /** For a chain made for one service port or endpoint: the name that all of its kind go by, `KUBE-SVC-*`. */
  readonly kind: string | undefined;
}

/** A fault of the text, or a table that kube-proxy must have and the text lacks. */
export type TextDefect = Defect | { readonly kind: 'table-missing'; readonly table: string };
