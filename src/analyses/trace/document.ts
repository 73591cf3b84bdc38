// The JSON document of a trace: the packet, and every end it can come to with its steps.
import { toNumber } from '../../netfilter/fraction.ts';
import type { Packet } from '../../netfilter/packet.ts';
import type { RuleRef } from '../../netfilter/ruleset.ts';
import type { Step } from '../../netfilter/step.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';
import { destinationText, endpointText, sourceText } from './ending-text.ts';
import { type RuleTexts, ruleTexts } from './rule-texts.ts';
import type { Walked } from './walked.ts';
import { wantedFacts } from './wanted-facts.ts';

/** Plain JSON values only. What is not known is an empty string or absent. */
export function documentOf({ journey, rulesets, outcomes, rival, reply }: Walked): {
  readonly [field: string]: unknown;
} {
  const texts = ruleTexts(rulesets);
  const hasSeen = outcomes.some(({ probability }) => probability === undefined);
  return {
    from: journey.sender.text,
    to: journey.receiver.text,
    packet: packetDocument(journey.packet),
    outcomes: outcomes.map((outcome) => outcomeDocument(outcome, texts, hasSeen, journey.packet.family)),
    ...(rival !== undefined && {
      rival: {
        winner: ruleDocument(rival.winner, rival.ruleset, texts),
        entry: ruleDocument(rival.entry, rival.ruleset, texts),
        loser: ruleDocument(rival.loser, rival.otherRuleset, texts),
        loserEntry: ruleDocument(rival.otherEntry, rival.otherRuleset, texts),
        destination: rival.destination,
      },
    }),
    ...(reply !== undefined && {
      reply: {
        fate: reply.fate,
        ...(reply.reason !== undefined && { reason: reply.reason }),
        translated: reply.translated,
      },
    }),
  };
}

function packetDocument(packet: Packet) {
  const { family, protocol, source, destination, sourcePort, destinationPort, inInterface } = packet;
  return {
    family,
    protocol: protocol ?? '',
    source: endpointText(source, sourcePort),
    destination: endpointText(destination, destinationPort),
    // `null`: the node itself sends it.
    inInterface: inInterface === undefined ? '' : inInterface,
  };
}

function outcomeDocument(outcome: Outcome, texts: RuleTexts, hasSeen: boolean, family: Packet['family']) {
  const { probability, open } = outcome;
  return {
    // How many clients were seen before, no rule tells: their ends have no share of the new connections.
    probability: probability === undefined ? 0 : toNumber(probability),
    ...endingDocument(outcome),
    ...(hasSeen && { client: probability === undefined ? 'seen before' : 'new client' }),
    ...(open !== undefined && {
      undecided: wantedFacts(open.facts, family),
      endings: open.endings.map(endingDocument),
    }),
    steps: stepDocuments(outcome.steps(), texts),
  };
}

function endingDocument(ending: Ending) {
  const { fate, reason, delivered, interface: name } = ending;
  return {
    fate,
    destination: destinationText(ending),
    source: sourceText(ending),
    ...(reason !== undefined && { reason }),
    ...(delivered !== undefined && { delivered }),
    ...(name !== undefined && { interface: name }),
  };
}

/** Rules that are passed by are counted, those a random choice passes by among them. */
function stepDocuments(steps: readonly Step[], texts: RuleTexts): readonly object[] {
  const documents: object[] = [];
  let ruleset = 0;
  let passed: { readonly first: RuleRef; count: number } | undefined;
  const flush = () => {
    if (passed !== undefined)
      documents.push({ kind: 'skip', rule: ruleDocument(passed.first, ruleset, texts), count: passed.count });
    passed = undefined;
  };
  for (const step of steps) {
    if (step.kind === 'skip' || (step.kind === 'branch' && !step.taken && step.share !== undefined)) {
      const count = step.kind === 'skip' ? step.count : 1;
      if (passed === undefined) passed = { first: step.rule, count };
      else passed.count += count;
      continue;
    }
    flush();
    if (step.kind === 'table') ruleset = step.ruleset;
    const { rule, ...fields } = { rule: undefined, ...step };
    const share = step.kind === 'branch' && step.share !== undefined ? { share: toNumber(step.share) } : {};
    documents.push({ ...fields, ...share, ...(rule !== undefined && { rule: ruleDocument(rule, ruleset, texts) }) });
  }
  flush();
  return documents;
}

function ruleDocument(ref: RuleRef, ruleset: number, texts: RuleTexts) {
  const { table, chain, index, line } = ref;
  return { table, chain, index, line, text: texts.ruleOf(ref, ruleset)?.text ?? '' };
}
