// Two rules that want the same packet: which of them has it, and why.
import type { RuleRef } from '../../netfilter/ruleset.ts';
import type { NodeView } from '../node-view.ts';
import type { RuleTexts } from './rule-texts.ts';
import type { Walked } from './walked.ts';

export function rivalSentence(view: NodeView, { rival }: Walked, texts: RuleTexts): readonly string[] {
  if (rival === undefined) return [];
  const { entry, otherEntry, winner, loser, destination, ruleset, otherRuleset } = rival;
  const [won, lost] = [
    whose(view, [entry, ruleset], winner, texts),
    whose(view, [otherEntry, otherRuleset], loser, texts),
  ];
  return [
    `${won} wins over ${lost}, which would send it to ${destination}: ${entry.chain} asks ${at(entry)} before ${at(otherEntry)}, and the first translation is the only one.`,
  ];
}

function at({ table, line }: RuleRef): string {
  return `${table}:${line}`;
}

function whose(view: NodeView, [entry, ruleset]: readonly [RuleRef, number], rule: RuleRef, texts: RuleTexts): string {
  const leads = /-j (\S+)/.exec(texts.ruleOf(entry, ruleset)?.text ?? '')?.[1] ?? rule.chain;
  const isOurs = view.installed.chainRole(rule.table, rule.chain) !== undefined;
  const port = /^CNI-/.test(leads) ? 'a hostPort' : 'a rule of another program';
  return `${isOurs ? 'kube-proxy' : port} (${at(rule)} of ${rule.chain})`;
}
