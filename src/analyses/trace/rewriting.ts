// What is rewritten on the way, by which rules, in sentences.
import type { RuleRef } from '../../netfilter/ruleset.ts';
import type { Outcome } from '../../netfilter/trace.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, percent, sum } from '../words.ts';
import { endpointText } from './ending-text.ts';
import type { Receiver } from './receiver.ts';
import { commentOf, placed, type RuleTexts } from './rule-texts.ts';

/** By which rules the ends of the packet change. */
export function rewriting(
  view: NodeView,
  outcomes: readonly Outcome[],
  texts: RuleTexts,
  receiver: Receiver,
): readonly string[] {
  const destination = rewritesOf(outcomes, 'destination');
  const source = rewritesOf(outcomes, 'source');
  const [own] = outcomes;
  const before = own?.steps().find((step) => step.kind === 'rewrite' && step.end === 'destination');
  const sentences: string[] = [];
  if (destination.length === 0) sentences.push('No rule rewrites its destination.');
  else if (before?.kind === 'rewrite') {
    const entry = entryOf(own, texts, receiver);
    const chosen = new Set(destination.map(({ rule }) => rule.line)).size;
    const whose = entry === undefined ? '' : ` ${placed(entry)} takes it${whoseRule(view, entry, texts)}`;
    const random =
      chosen > 1
        ? `, and one of ${count(chosen, 'rule')} (the first is ${placed(destination[0]?.rule)})`
        : `, and ${placed(destination[0]?.rule)}`;
    sentences.push(
      `Its destination is rewritten:${whose}${random} writes ${endpointText(before.to.address, before.to.port)}${chosen > 1 ? ' or another' : ''}.`,
    );
  }
  const kept = outcomes.filter(
    (each) => !each.steps().some((step) => step.kind === 'rewrite' && step.end === 'source'),
  );
  const passed = outcomes.filter(({ fate }) => fate === 'accepted' || fate === 'undetermined');
  if (passed.length > 0) {
    if (source.length === 0) sentences.push('Its source stays as it is: the receiver sees who sent it.');
    else {
      const to = [...new Set(source.map(({ to: now }) => now || 'an address of the node'))];
      const some =
        kept.length > 0
          ? ` for ${percent(sum(outcomes.filter((each) => !kept.includes(each)).flatMap(({ probability }) => probability ?? [])))} of the packets`
          : '';
      sentences.push(
        `Its source becomes ${listing(to)}${some}, by ${placed(source[0]?.rule)}: the receiver does not see who sent it.`,
      );
    }
  }
  return sentences;
}

interface Rewrite {
  readonly rule: RuleRef;
  readonly to: string;
}

function rewritesOf(outcomes: readonly Outcome[], end: 'source' | 'destination'): readonly Rewrite[] {
  const found = new Map<string, Rewrite>();
  for (const { steps } of outcomes) {
    for (const step of steps()) {
      if (step.kind !== 'rewrite' || step.end !== end || step.rule === undefined) continue;
      const to = endpointText(step.to.address, end === 'source' ? undefined : step.to.port);
      found.set(`${step.rule.line} ${to}`, { rule: step.rule, to });
    }
  }
  return [...found.values()];
}

/** The rule that names the address or port that was asked for: the last one before the first choice or translation. */
function entryOf(outcome: Outcome | undefined, texts: RuleTexts, { address, port }: Receiver): RuleRef | undefined {
  const rules: RuleRef[] = [];
  for (const step of outcome?.steps() ?? []) {
    if (step.kind === 'table') {
      rules.length = 0;
    } else if (step.kind === 'rewrite' && step.end === 'destination') break;
    else if (step.kind === 'enter') rules.push(step.rule);
    else if (step.kind === 'leave') rules.pop();
  }
  const names = (ref: RuleRef) => {
    const words = (texts.ruleOf(ref, 0)?.text ?? '').split(' ');
    return words.includes(`${address}/${address.includes(':') ? 128 : 32}`) || words.includes(String(port));
  };
  return rules.findLast(names) ?? rules[1] ?? rules[0];
}

function whoseRule(view: NodeView, ref: RuleRef, texts: RuleTexts): string {
  const ours = view.installed.chainRole(ref.table, ref.chain) !== undefined;
  return `${ours ? '' : " (not kube-proxy's)"}${commentOf(ref, texts)}`;
}
