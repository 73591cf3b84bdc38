// One thing that happens to a packet on its way, and the way as a list that grows at its end and is shared by all that
// branch off it.
import type { Address } from '../address.ts';
import type { Fraction } from './fraction.ts';
import type { Hook } from './hooks.ts';
import type { ConntrackState } from './packet.ts';
import type { RuleRef } from './ruleset.ts';

export type Step =
  | { readonly kind: 'hook'; readonly hook: Hook }
  /** `ruleset` is its place among the rulesets of the walk. */
  | { readonly kind: 'table'; readonly hook: Hook; readonly table: string; readonly ruleset: number }
  | { readonly kind: 'conntrack'; readonly state: ConntrackState }
  /** A jump or goto into a chain. */
  | { readonly kind: 'enter'; readonly rule: RuleRef; readonly chain: string; readonly goto: boolean }
  /** Back to the calling chain, by a RETURN (`rule`) or behind the last rule. */
  | { readonly kind: 'leave'; readonly chain: string; readonly rule: RuleRef | undefined }
  | { readonly kind: 'match'; readonly rule: RuleRef }
  /** Rules in a row that the packet does not fit, the first of them. */
  | { readonly kind: 'skip'; readonly rule: RuleRef; readonly count: number }
  | {
      readonly kind: 'branch';
      readonly rule: RuleRef;
      readonly taken: boolean;
      /** Of this branch. Absent where it is no matter of chance. */
      readonly share?: Fraction;
      /** Whether the client was seen before, where that decides. */
      readonly client?: 'seen before' | 'new client';
      /** What would decide. */
      readonly fact?: string;
    }
  | {
      readonly kind: 'rewrite';
      readonly rule: RuleRef | undefined;
      readonly end: 'source' | 'destination';
      readonly from: Endpoint;
      readonly to: Endpoint;
    }
  | {
      readonly kind: 'mark';
      readonly rule: RuleRef;
      readonly of: 'packet' | 'connection';
      readonly from: number | undefined;
      readonly to: number | undefined;
    }
  /** By a rule, or (without one) by the policy of the chain. */
  | { readonly kind: 'verdict'; readonly verdict: string; readonly chain: string; readonly rule: RuleRef | undefined }
  | { readonly kind: 'unknown'; readonly rule: RuleRef | undefined; readonly fact: string }
  | {
      readonly kind: 'routing';
      readonly decision: 'local' | 'out' | 'dropped' | 'unknown';
      readonly interface: string | undefined;
      readonly gateway: string | undefined;
      readonly reason: string | undefined;
    };

/** What is not known is absent. */
export interface Endpoint {
  readonly address: Address | undefined;
  readonly port: number | undefined;
}

/** A way, its last step first. */
export interface Way {
  readonly step: Step;
  readonly before: Way | undefined;
}

/** The steps in their order. */
export function stepsOf(way: Way | undefined): readonly Step[] {
  const steps: Step[] = [];
  for (let at = way; at !== undefined; at = at.before) steps.push(at.step);
  return steps.reverse();
}
