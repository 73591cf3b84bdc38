// The way of the answer: does it come back to who asked, through this node? An answer that does not pass here is not
// translated back, and who asked does not know it.
import type { NodeFacts } from '../../netfilter/node-facts.ts';
import type { Ruleset } from '../../netfilter/ruleset.ts';
import { type Outcome, type Trace, traceReply } from '../../netfilter/trace.ts';

export interface ReplyWay {
  readonly outcome: Outcome;
  readonly trace: Trace;
  readonly translated: { readonly source: boolean; readonly destination: boolean };
  readonly fate: 'accepted' | 'dropped' | 'rejected' | 'undetermined';
  /** Why it does not come back, or what would tell. */
  readonly reason: string | undefined;
}

/** Of the first outcome whose answer does not come back, else of the first that has an answer. */
export function replyWay(
  rulesets: readonly Ruleset[],
  outcomes: readonly Outcome[],
  facts: NodeFacts,
): ReplyWay | undefined {
  let first: ReplyWay | undefined;
  // Backends differ by their interface alone: one of each is enough.
  const seen = new Set<string>();
  for (const outcome of outcomes) {
    const key = `${outcome.interface} ${outcome.source}`;
    if (outcome.fate !== 'accepted' || outcome.open !== undefined || seen.has(key)) continue;
    seen.add(key);
    const answer = traceReply(rulesets, outcome, facts);
    if (answer === undefined) continue;
    const way = wayOf(outcome, answer);
    if (way.fate !== 'accepted') return way;
    first ??= way;
  }
  return first;
}

function wayOf(outcome: Outcome, trace: Trace): ReplyWay {
  const [worst = trace.outcomes[0]] = trace.outcomes.filter(({ fate }) => fate !== 'accepted');
  const original = outcome.end.state.packet.original;
  return {
    outcome,
    trace,
    translated: {
      source: original !== undefined && original.source !== outcome.source,
      destination: original !== undefined && original.destination !== outcome.destination,
    },
    fate: worst?.fate ?? 'undetermined',
    reason: worst?.open?.facts.join('; ') ?? worst?.reason,
  };
}
