// Whether a rule leads into one of these chains.
import type { Rule } from '../../../netfilter/ruleset.ts';

export function isJumpInto(chains: readonly string[]): (rule: Rule) => boolean {
  return ({ target }) => (target.kind === 'jump' || target.kind === 'goto') && chains.includes(target.chain);
}
