// The outcome of laying a node's rules beside what kube-proxy would write, in words that every mode shares.
import type { Family } from '../address.ts';
import type { Difference, Forgiven } from './difference.ts';

export interface Comparison {
  readonly differences: readonly Difference[];
  readonly forgiven: readonly Forgiven[];
  /** Rules that kube-proxy would write, of all families compared. */
  readonly expectedRules: number;
  /** Tables without any rule of kube-proxy's, where it would have some. */
  readonly emptied: readonly { readonly family: Family; readonly table: string }[];
  /** What kube-proxy was taken to be set to, each with where it is from. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly name: string;
  /** `undefined` where it holds for the node. */
  readonly family: Family | undefined;
  readonly value: string;
  readonly from: string;
  /** Somebody said so; otherwise it was learnt from the rules, or assumed. */
  readonly told: boolean;
  /** What was said, where the rules all follow another value. */
  readonly contradicts: { readonly value: string; readonly from: string } | undefined;
}
