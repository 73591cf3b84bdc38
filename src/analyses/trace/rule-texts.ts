// The text of the rules that steps cite. A step names its ruleset by the table step before it.
import type { Rule, RuleRef, Ruleset } from '../../netfilter/ruleset.ts';

export interface RuleTexts {
  /** `undefined` where the citation leads nowhere. */
  ruleOf(ref: RuleRef, ruleset: number): Rule | undefined;
}

export function ruleTexts(rulesets: readonly Ruleset[]): RuleTexts {
  const known = new Map<string, readonly Rule[]>();
  return {
    ruleOf: ({ table, chain, index }, at) => {
      const key = `${at} ${table} ${chain}`;
      const rules = known.get(key) ?? rulesOf(rulesets[at], table, chain);
      known.set(key, rules);
      return rules[index - 1];
    },
  };
}

function rulesOf(ruleset: Ruleset | undefined, name: string, chain: string): readonly Rule[] {
  return (
    ruleset?.tables
      .find((table) => table.name === name)
      ?.chain(chain)
      ?.rules() ?? []
  );
}

export function placed(ref: RuleRef | undefined): string {
  return ref === undefined ? 'a rule' : `${ref.table}:${ref.line} of ${ref.chain}`;
}

/** ` (shop/web:http cluster IP)` */
export function commentOf(ref: RuleRef, texts: RuleTexts): string {
  const comment = /--comment (?:"([^"]*)"|(\S+))/.exec(texts.ruleOf(ref, 0)?.text ?? '');
  return comment === null ? '' : ` (${comment[1] ?? comment[2]})`;
}
