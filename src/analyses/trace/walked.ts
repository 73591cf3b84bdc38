// The walk of a packet on a node, and what belongs to it: which backend's tables the kernel asks first where both hold
// rules, whether the bridge lets a hairpin through, who would have had the packet, and the way of the answer.

import type { Family } from '../../address.ts';
import { UsageError } from '../../errors.ts';
import type { Packet } from '../../netfilter/packet.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import { type Ending, type Outcome, type Trace, trace } from '../../netfilter/trace.ts';
import { isTrusted, type NodeView } from '../node-view.ts';
import { flagFor } from '../unread-family.ts';
import { sameOutcomes } from './ending-text.ts';
import { withHairpin } from './hairpin.ts';
import type { Journey } from './journey.ts';
import { type ReplyWay, replyWay } from './reply.ts';
import { type Rival, rivalOf } from './rival.ts';

export interface Walked {
  readonly journey: Journey;
  /** Of the packet's family, in the order that the walk asked them: `table` steps name them by their place. */
  readonly rulesets: readonly Ruleset[];
  readonly outcomes: readonly Outcome[];
  /** Who would have had the packet, had not the rule that has it. */
  readonly rival: Rival | undefined;
  readonly reply: ReplyWay | undefined;
  readonly notes: readonly string[];
}

export function walked(view: NodeView, journey: Journey): Walked {
  const { packet, facts } = journey;
  const own = view.installed.rulesets.filter(({ family }) => family === packet.family);
  if (own.length === 0) throw notRead(view, packet.family);
  const other = view.kernel.otherBackend(packet.family);
  const rulesets = [...own, ...(other === undefined ? [] : [other])];
  const walkedOnce = inAnyOrder(rulesets, packet, (order) => trace(order, packet, facts));
  const trusted = isTrusted(view, packet.family);
  const outcomes = walkedOnce.outcomes
    .map((outcome) => withHairpin(outcome, journey, view.kernel.bridgePorts))
    .map((outcome) => (trusted ? outcome : inDoubt(outcome)));
  return {
    journey,
    rulesets,
    outcomes,
    rival: rivalOf(rulesets, packet, facts, outcomes),
    reply: replyWay(rulesets, outcomes, facts),
    notes: other === undefined ? [] : ['both iptables backends (nft and legacy) hold rules here: both were walked'],
  };
}

/** Without its rules a family would let everything pass. */
function notRead({ unread }: NodeView, family: Family): UsageError {
  const gap = unread.find((each) => each.family === family)?.gap;
  return new UsageError('FAMILY_UNREAD', `the ${family} rules were not read${gap === undefined ? '' : `: ${gap}`}`, {
    hint: `Give ${flagFor(family)}, or the other family with --family`,
  });
}

/** What a text that is not whole lacks may have stopped the packet. */
function inDoubt(outcome: Outcome): Outcome {
  const fact = 'the whole text of the rules';
  const { open } = outcome;
  return {
    ...outcome,
    fate: 'undetermined',
    reason: fact,
    open: { facts: [fact, ...(open?.facts ?? [])], endings: open?.endings ?? [outcome] },
  };
}

/** Of hooks with equal priority the kernel asks first those that were there first, which no text tells. */
function inAnyOrder(
  rulesets: readonly Ruleset[],
  { family }: Packet,
  walk: (order: readonly Ruleset[]) => Trace,
): Pick<Trace, 'outcomes'> {
  const first = walk(rulesets);
  if (rulesets.length < 2) return first;
  const second = walk(rulesets.toReversed());
  if (sameOutcomes(first.outcomes, second.outcomes)) return first;
  const fact = `which backend's ${family} tables the kernel asks first`;
  const endings = [...first.outcomes, ...second.outcomes].flatMap(
    (each): readonly Ending[] => each.open?.endings ?? [each],
  );
  const [any] = first.outcomes;
  if (any === undefined) return first;
  const facts = [fact, ...first.outcomes.flatMap((each) => each.open?.facts ?? [])];
  return {
    outcomes: [
      {
        ...any,
        fate: 'undetermined',
        probability: { numerator: 1n, denominator: 1n },
        reason: fact,
        open: { facts: [...new Set(facts)], endings },
      },
    ],
  };
}
