// A rule as a sentence calls it: by its chain and its place there.
import type { Rule } from '../../netfilter/ruleset.ts';

export function ruleText(rule: Rule): string {
  return `${rule.ref.table}/${rule.ref.chain} rule ${rule.ref.index} (line ${rule.ref.line})`;
}
