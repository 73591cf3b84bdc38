// The way of a connection's first packet through everything on the node, and of a reply to it: the hooks and tables in
// the kernel's order, routing between them, and every end it can come to.
import { answerTo, rewriteOf } from './answer.ts';
import { beginWalk, startOf } from './begin-walk.ts';
import { type Ending, joined, type Outcome, outcomeOf, sameness } from './ending.ts';
import type { NodeFacts } from './node-facts.ts';
import type { ConntrackState, Packet } from './packet.ts';
import type { Ruleset } from './ruleset.ts';
import { walk } from './walk.ts';
import type { WalkState } from './walk-state.ts';
import { weigh } from './weigh.ts';

export type { Ending, Outcome } from './ending.ts';

export interface Trace {
  readonly packet: Packet;
  /** The probabilities that are there add up to exactly 1. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Follows the packet: `inInterface: null` for one that the node itself sends, a name for one that comes in by it.
 * `rulesets` may be of both families and, of one family, of both backends in the order the kernel asks them: of equal
 * priority what was hooked in last is asked first (nf_hook_entries_grow), and iptables-nft-restore hooks in anew unless
 * told `--noflush`. The packet is a connection's first unless its `state` says otherwise. Always ends; never throws.
 */
export function trace(rulesets: readonly Ruleset[], packet: Packet, facts: NodeFacts): Trace {
  return follow(rulesets, startOf(packet), facts, packet.state);
}

/**
 * Follows the answer to a packet that was accepted: from the node itself, or in by the interface the packet left by.
 * `undefined` for an ending that has no answer. `known` is what else is known of the answer: its marks, its MAC address.
 */
export function traceReply(
  rulesets: readonly Ruleset[],
  { fate, end }: Ending,
  facts: NodeFacts,
  known: Partial<Packet> = {},
): Trace | undefined {
  const { packet, out } = end.state;
  if (fate !== 'accepted') return undefined;
  const local = end.hook === 'INPUT';
  if (!local && out?.interface === undefined) return undefined;
  const reply = { ...answerTo(packet, local ? null : (out?.interface ?? null)), ...known };
  return follow(rulesets, { ...startOf(reply), reply: rewriteOf(packet) }, facts, reply.state);
}

function follow(
  rulesets: readonly Ruleset[],
  start: WalkState,
  facts: NodeFacts,
  state: ConntrackState | undefined,
): Trace {
  const { packet } = start;
  const setting = {
    rulesets: rulesets.filter(({ family }) => family === packet.family),
    facts,
    conntrack: state ?? ('NEW' as const),
  };
  const begun = beginWalk(start, facts);
  const node = begun.kind === 'end' ? begun.node : walk(setting, begun.hook, begun.state, begun.way);
  const { fresh, seen } = weigh(node, sameness, joined);
  const outcomes = [
    ...fresh.map((share) => outcomeOf(share, share.share)),
    ...seen.map((share) => outcomeOf(share, undefined)),
  ];
  return { packet, outcomes: outcomes.filter((outcome) => outcome !== undefined) };
}
