// Who else would have had the packet: where the first rule of the nat hook that leads to a translation is taken away, does
// another translate it? So a hostPort is found that a NodePort beats, and a NodePort that a hostPort beats.
import type { NodeFacts } from '../../netfilter/node-facts.ts';
import type { Packet } from '../../netfilter/packet.ts';
import type { Chain, RuleRef, Ruleset, Table } from '../../netfilter/ruleset.ts';
import type { Step } from '../../netfilter/step.ts';
import { type Outcome, trace } from '../../netfilter/trace.ts';
import { destinationText } from './ending-text.ts';

export interface Rival {
  /** The rule of the built-in chain that led the packet to its translation. */
  readonly entry: RuleRef;
  /** The rule that translated it; of several backends the first. */
  readonly winner: RuleRef;
  /** The place of both among the rulesets. */
  readonly ruleset: number;
  /** The rule of the built-in chain that would have led it elsewhere. */
  readonly otherEntry: RuleRef;
  readonly loser: RuleRef;
  readonly otherRuleset: number;
  /** Where it would have gone. */
  readonly destination: string;
}

/** `undefined` where nobody has it, or nobody else would. */
export function rivalOf(
  rulesets: readonly Ruleset[],
  packet: Packet,
  facts: NodeFacts,
  outcomes: readonly Outcome[],
): Rival | undefined {
  const won = translation(outcomes);
  if (won === undefined) return undefined;
  const without = rulesets.map((ruleset, at) => (at === won.ruleset ? withoutRule(ruleset, won.entry) : ruleset));
  const others = trace(without, packet, facts).outcomes;
  const lost = translation(others);
  // The same chain may be led to twice: then nobody else is asked.
  if (lost === undefined || (lost.ruleset === won.ruleset && lost.rule.chain === won.rule.chain)) return undefined;
  const entries = new Set(outcomes.flatMap((each) => translation([each])?.rule.line ?? []));
  if (entries.has(lost.rule.line)) return undefined;
  const [other] = others;
  return {
    entry: won.entry,
    winner: won.rule,
    ruleset: won.ruleset,
    otherEntry: lost.entry,
    loser: lost.rule,
    otherRuleset: lost.ruleset,
    destination: other === undefined ? '' : destinationText(other),
  };
}

interface Translated {
  readonly rule: RuleRef;
  readonly entry: RuleRef;
  readonly ruleset: number;
}

/** The first rule that gives the packet another destination, and the rule of the built-in chain that led there. */
function translation(outcomes: readonly Outcome[]): Translated | undefined {
  for (const { steps } of outcomes) {
    let table: Extract<Step, { kind: 'table' }> | undefined;
    let entry: RuleRef | undefined;
    for (const step of steps()) {
      if (step.kind === 'table') table = step;
      else if (step.kind === 'match' && step.rule.chain === table?.hook) entry = step.rule;
      else if (
        step.kind === 'rewrite' &&
        step.end === 'destination' &&
        step.rule !== undefined &&
        entry !== undefined
      ) {
        return { rule: step.rule, entry, ruleset: table?.ruleset ?? 0 };
      }
    }
  }
  return undefined;
}

function withoutRule(ruleset: Ruleset, { table: name, chain, index }: RuleRef): Ruleset {
  const tables = ruleset.tables.map((table): Table => {
    if (table.name !== name) return table;
    const known = new Map<string, Chain>();
    return {
      ...table,
      chains: () => table.chains(),
      rules: () => table.rules(),
      chain: (wanted) => {
        const found = table.chain(wanted);
        if (found === undefined || wanted !== chain) return found;
        const shorter = known.get(wanted) ?? shortened(found, index);
        known.set(wanted, shorter);
        return shorter;
      },
    };
  });
  return { ...ruleset, tables };
}

function shortened(chain: Chain, index: number): Chain {
  const rules = chain.rules().filter(({ ref }) => ref.index !== index);
  const { table, name, policy, counters, line, declared } = chain;
  return { table, name, policy, counters, line, declared, ruleCount: rules.length, rules: () => rules };
}
