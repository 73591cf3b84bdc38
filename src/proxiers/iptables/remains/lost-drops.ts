// KUBE-MARK-DROP and KUBE-FIREWALL, which kubelet made until KEP-3178 (kubelet and kube-proxy 1.27): a jump to the first
// means "to be dropped", and drops nothing where the mark is not set, or where nobody drops what bears it.
import { readMark } from '../../../netfilter/extensions/mark.ts';
import { firstValue, matchOf, type Rule, type Ruleset, type Table } from '../../../netfilter/ruleset.ts';
import type { LostDrop } from '../../proxier.ts';
import { isJumpInto } from './jump-into.ts';

const markChain = 'KUBE-MARK-DROP';
const firewall = 'KUBE-FIREWALL';

export function lostDrops(rulesets: readonly Ruleset[]): readonly LostDrop[] {
  return rulesets.flatMap((ruleset) => {
    const nat = ruleset.tables.find(({ name }) => name === 'nat');
    const filter = ruleset.tables.find(({ name }) => name === 'filter');
    if (nat === undefined || filter === undefined) return [];
    return [...unheeded(nat, filter), ...unhooked(filter)];
  });
}

function unheeded(nat: Table, filter: Table): readonly LostDrop[] {
  const chain = nat.chain(markChain);
  if (chain === undefined) return [];
  const jumps = [...nat.chains()].flatMap((each) => each.rules().filter(isJumpInto([markChain])));
  if (jumps.length === 0) return [];
  const mark = chain.rules().flatMap((rule) => markSetBy(rule) ?? [])[0];
  if (mark === undefined) return [{ kind: 'no-mark', jumps }];
  const dropping = [...(filter.chain(firewall)?.rules() ?? [])].some((rule) => drops(rule) && markAsked(rule) === mark);
  const hooked = hooksTo(filter).length > 0;
  return dropping && hooked ? [] : [{ kind: 'no-drop', jumps }];
}

/** Filled, and nothing leads there. */
function unhooked(filter: Table): readonly LostDrop[] {
  const rules = filter.chain(firewall)?.rules() ?? [];
  return rules.some(drops) && hooksTo(filter).length === 0 ? [{ kind: 'unhooked', jumps: rules.slice(0, 1) }] : [];
}

function hooksTo(filter: Table): readonly Rule[] {
  return ['INPUT', 'OUTPUT', 'FORWARD'].flatMap((hook) =>
    (filter.chain(hook)?.rules() ?? []).filter(isJumpInto([firewall])),
  );
}

function drops({ target }: Rule): boolean {
  return target.kind === 'verdict' && target.verdict === 'DROP';
}

function markSetBy({ target }: Rule): number | undefined {
  if (target.kind !== 'MARK') return undefined;
  const { options } = target;
  const text = firstValue(options['set-xmark'] ?? options['or-mark'] ?? options['set-mark']);
  return text === undefined ? undefined : readMark(text)?.value;
}

function markAsked(rule: Rule): number | undefined {
  const text = firstValue(matchOf(rule, 'mark')?.options.mark);
  return text === undefined ? undefined : readMark(text)?.value;
}
