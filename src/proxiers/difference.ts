// Where what is installed and what kube-proxy would write part ways, in words that every mode of kube-proxy shares.
import type { Family } from '../address.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { Owner } from './dispatch.ts';

/** What a chain is for, as far as it matters what is wrong with it. */
export type Role =
  /** A built-in chain's jump into kube-proxy's own. */
  | 'jump'
  /** What is there without any Service: marking, masquerading, forwarding, the way to the node ports. */
  | 'frame'
  /** A service port's way in: by address or port. */
  | 'entry'
  /** What refuses a service port's connections. */
  | 'refusal'
  /** Where outside traffic of a service port is masqueraded and handed on, or checked against source ranges. */
  | 'external'
  | 'source-ranges'
  /** Where its connections are shared out. */
  | 'balance'
  /** One backend's own chain. */
  | 'backend';

export interface Difference {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly role: Role;
  /** `order`: the rules are those expected, and their order changes what they do. `foreign`: none of kube-proxy's. */
  readonly kind: 'missing' | 'extra' | 'changed' | 'order' | 'foreign';
  /** The service port that it is about; `undefined` where it is about none. */
  readonly owner: Owner | undefined;
  /** A small unified diff: expected and not installed is `-`, installed and not expected is `+`. */
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
  /** The installed rule; `undefined` for `-`. */
  readonly rule: Rule | undefined;
}

/** Why something that differs in its text is the same in what it does. */
export type Harmless =
  | 'comment'
  | 'rounding'
  | 'counting'
  | 'order'
  | 'repeated-rule'
  | 'unreachable-rule'
  | 'no-effect'
  | 'unused-chain'
  | 'canary'
  | 'same-address'
  | 'contested-endpoint';

export interface Forgiven {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly why: Harmless;
}
