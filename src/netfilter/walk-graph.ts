// The walk of a packet as a graph: a node wherever two ways part or may meet, an edge for what happens between. The
// graph has no loops, since every step goes on through the rules, and the walk is cut where a text would lead it round.
import type { Fraction } from './fraction.ts';
import type { Hook } from './hooks.ts';
import type { RuleRef } from './ruleset.ts';
import type { Way } from './step.ts';
import type { Fate } from './target-effect.ts';
import type { WalkState } from './walk-state.ts';

export interface WalkNode {
  /** Settled once the walk has gone on from here. */
  next: Next | undefined;
}

export type Next =
  | { readonly kind: 'end'; readonly end: WalkEnd }
  | { readonly kind: 'to'; readonly node: WalkNode }
  /** The shares add up to 1. */
  | { readonly kind: 'chance'; readonly ways: readonly { readonly share: Fraction; readonly node: WalkNode }[] }
  /** One of them; `fact` would tell which. */
  | { readonly kind: 'unknown'; readonly fact: string; readonly nodes: readonly WalkNode[] }
  /** A recent list decides. */
  | { readonly kind: 'client'; readonly fresh: WalkNode; readonly seen: WalkNode };

/** The node that a row of nodes with one way on leads to; the row is as short as that afterwards. */
export function behind(node: WalkNode): WalkNode {
  let last = node;
  while (last.next?.kind === 'to') last = last.next.node;
  for (let at = node; at.next?.kind === 'to' && at.next.node !== last; ) {
    const { node: following } = at.next;
    at.next = { kind: 'to', node: last };
    at = following;
  }
  return last;
}

export interface WalkEnd {
  readonly fate: Fate;
  /** Where the walk ended. Behind INPUT the packet is the node's, behind POSTROUTING it has left. */
  readonly hook: Hook;
  readonly state: WalkState;
  /** The rule that decided; absent for a policy, for routing, and where nothing stopped the packet. */
  readonly rule: RuleRef | undefined;
  readonly reason: string | undefined;
  readonly way: Way | undefined;
}
