// A chain of rules of many service ports, whose order between service ports is kube-proxy's chance at each sync: each rule
// is looked up, and order counts only among rules for one address and port.
import type { Rule } from '../../../netfilter/ruleset.ts';
import type { Harmless } from '../../difference.ts';
import type { ServicePort } from '../../service-ports.ts';
import type { ExpectedRule } from '../expect/expected.ts';
import { type Canonical, canonicalRule, canonicalText, type Surroundings } from './canonical.ts';
import { disjoint, portOf } from './commute.ts';
import { compareSequences, isReturn, isTaken } from './sequence.ts';

export interface DispatchResult {
  readonly missing: readonly ExpectedRule[];
  readonly extra: readonly Rule[];
  /** Rules of one service port that stand in an order that changes what they do, and rules behind the chain's last. */
  readonly misplaced: readonly {
    readonly port: ServicePort | undefined;
    readonly installed: readonly Canonical[];
    readonly expected: readonly Canonical[];
  }[];
  readonly forgiven: readonly Harmless[];
}

/** `meetsLast`: whether a packet that fits the rule may also be meant for the rules that stand last. */
export function compareDispatchChain(
  installed: readonly Rule[],
  expected: readonly ExpectedRule[],
  around: Surroundings,
  meetsLast: (rule: Canonical) => boolean,
): DispatchResult {
  const forgiven = new Set<Harmless>();
  const exact = match(
    installed,
    expected,
    ({ text }) => text,
    ({ text }) => text,
  );
  // Texts that differ: compared by what they do.
  const canonical = new Map<Rule | ExpectedRule, Canonical>();
  const ofRule = (rule: Rule) => remembered(canonical, rule, () => canonicalRule(rule, around));
  const ofExpected = (rule: ExpectedRule) => remembered(canonical, rule, () => canonicalText(rule.text, around));
  const alike = match(
    exact.extra,
    exact.missing,
    (rule) => ofRule(rule).text,
    (rule) => ofExpected(rule).text,
  );
  if (alike.pairs.length > 0) forgiven.add('comment');
  const pairs = [...exact.pairs, ...alike.pairs];

  // What is left may be there twice, or say nothing.
  const texts = new Set<string>();
  if (alike.extra.length > 0 || alike.missing.length > 0) {
    for (const { rule } of pairs) texts.add(ofRule(rule).text);
  }
  const takers = alike.extra.length > 0 ? firstTakers(pairs, ofRule) : new Map<string, number>();
  const extra = alike.extra.filter((rule) => {
    const canonical = ofRule(rule);
    const why =
      harmless(canonical, texts) ??
      (isTaken(canonical, (conditions) => (takers.get(conditions) ?? rule.ref.index) < rule.ref.index)
        ? 'unreachable-rule'
        : undefined) ??
      (isVain(canonical, installed, takers, ofRule) ? 'no-effect' : undefined) ??
      (isCounting(canonical, texts, installed, ofRule) ? 'counting' : undefined);
    if (why !== undefined) forgiven.add(why);
    return why === undefined;
  });
  const missing = alike.missing.filter((rule) => {
    const why = needless(rule, ofExpected(rule), texts, expected);
    if (why !== undefined) forgiven.add(why);
    return why === undefined;
  });
  return {
    missing,
    extra,
    misplaced: [
      ...misplacedByPort(pairs, expected, ofRule, ofExpected, forgiven),
      ...misplacedLast(pairs, ofRule, meetsLast, forgiven),
    ],
    forgiven: [...forgiven],
  };
}

interface Pair {
  readonly rule: Rule;
  readonly expected: ExpectedRule;
}

function match(
  installed: readonly Rule[],
  expected: readonly ExpectedRule[],
  keyOf: (rule: Rule) => string,
  expectedKeyOf: (rule: ExpectedRule) => string,
): { readonly pairs: Pair[]; readonly extra: Rule[]; readonly missing: ExpectedRule[] } {
  const wanted = new Map<string, ExpectedRule[]>();
  for (const rule of expected) {
    const key = expectedKeyOf(rule);
    const same = wanted.get(key);
    if (same === undefined) wanted.set(key, [rule]);
    else same.push(rule);
  }
  const pairs: Pair[] = [];
  const extra: Rule[] = [];
  for (const rule of installed) {
    const found = wanted.get(keyOf(rule))?.shift();
    if (found === undefined) extra.push(rule);
    else pairs.push({ rule, expected: found });
  }
  return { pairs, extra, missing: [...wanted.values()].flat() };
}

function harmless(rule: Canonical, matched: ReadonlySet<string>): Harmless | undefined {
  if (rule.idle) return 'no-effect';
  return matched.has(rule.text) && !rule.chance && !rule.toggles && !rule.remembers ? 'repeated-rule' : undefined;
}

/** Where the first rule stands that takes all packets of some conditions. */
function firstTakers(pairs: readonly Pair[], ofRule: (rule: Rule) => Canonical): ReadonlyMap<string, number> {
  const takers = new Map<string, number>();
  for (const { rule } of pairs) {
    const { takes, chance, conditions } = ofRule(rule);
    const key = conditions.join('');
    if (takes && !chance) takers.set(key, Math.min(takers.get(key) ?? rule.ref.index, rule.ref.index));
  }
  return takers;
}

/** A packet that returns meets no rule behind: the same if it fits none of those, or was taken before. */
function isVain(
  rule: Canonical,
  installed: readonly Rule[],
  takers: ReadonlyMap<string, number>,
  ofRule: (rule: Rule) => Canonical,
): boolean {
  if (!isReturn(rule)) return false;
  const index = rule.rule?.ref.index ?? 0;
  return installed.every((each) => {
    if (each.ref.index <= index) return true;
    const later = ofRule(each);
    return disjoint(rule, later) || isTaken(later, (conditions) => (takers.get(conditions) ?? index) < index);
  });
}

/** What it takes, a rule that is expected takes to the same place, and no rule takes elsewhere. */
function isCounting(
  rule: Canonical,
  matched: ReadonlySet<string>,
  installed: readonly Rule[],
  ofRule: (rule: Rule) => Canonical,
): boolean {
  if (rule.target === '' || rule.toggles || rule.remembers) return false;
  if (!isTaken(rule, (conditions) => matched.has(`${conditions}${rule.target}`))) return false;
  return installed.map(ofRule).every((other) => other.target === rule.target || disjoint(rule, other));
}

/** The same is there once already, or it would only count what the rule behind it takes to the same place. */
function needless(
  { port }: ExpectedRule,
  rule: Canonical,
  matched: ReadonlySet<string>,
  expected: readonly ExpectedRule[],
): Harmless | undefined {
  if (matched.has(rule.text)) return 'repeated-rule';
  if (!rule.original.includes('--nfacct-name')) return undefined;
  const wider = expected
    .filter((each) => each.port === port)
    .map(({ text }) => canonicalText(text))
    .some(({ text, clauses, target }) => {
      const same = target === rule.target && clauses.length < rule.clauses.length && matched.has(text);
      return same && clauses.every((clause) => rule.clauses.includes(clause));
    });
  return wider ? 'counting' : undefined;
}

/** Only where one port has several rules for one address and port can their order matter. */
function misplacedByPort(
  pairs: readonly Pair[],
  order: readonly ExpectedRule[],
  ofRule: (rule: Rule) => Canonical,
  ofExpected: (rule: ExpectedRule) => Canonical,
  forgiven: Set<Harmless>,
): DispatchResult['misplaced'] {
  const places = new Map<ExpectedRule, number>();
  const byWay = Map.groupBy(pairs, ({ expected }) => wayOf(expected.text));
  return [...byWay].flatMap(([way, group]) => {
    if (way === undefined || group.length < 2) return [];
    if (new Set(group.map(({ expected }) => expected.port)).size > 1) forgiven.add('same-address');
    return [...Map.groupBy(group, ({ expected }) => expected.port)].flatMap(([port, own]) => {
      if (own.length < 2) return [];
      if (places.size === 0) for (const [at, rule] of order.entries()) places.set(rule, at);
      const placeOf = (rule: ExpectedRule) => places.get(rule) ?? 0;
      const installed = own
        .map(({ rule }) => rule)
        .sort((a, b) => a.ref.index - b.ref.index)
        .map(ofRule);
      const expected = own
        .map((pair) => pair.expected)
        .sort((a, b) => placeOf(a) - placeOf(b))
        .map(ofExpected);
      const result = compareSequences(installed, expected);
      return result.same ? [] : [{ port, installed, expected }];
    });
  });
}

/** `-p tcp` and `--dport 80` with the address in front, as far as the text has them. */
export function wayOf(text: string): string | undefined {
  const port = / --dport (\S+)/.exec(text)?.[1];
  if (port === undefined) return undefined;
  const address = / -d (\S+)/.exec(text)?.[1] ?? '';
  // The rule that counts node port traffic to localhost stands before the one for all.
  return `${address === '127.0.0.0/8' ? '' : address} ${/ -p (\S+)/.exec(text)?.[1]} ${port}`;
}

/** The rules of no service port come last: what stands behind them is met too late where both fit a packet. */
function misplacedLast(
  pairs: readonly Pair[],
  ofRule: (rule: Rule) => Canonical,
  meetsLast: (rule: Canonical) => boolean,
  forgiven: Set<Harmless>,
): DispatchResult['misplaced'] {
  const last = pairs.filter(({ expected }) => expected.port === undefined);
  const from = Math.min(...last.map(({ rule }) => rule.ref.index));
  const behind = pairs.filter(({ rule, expected }) => expected.port !== undefined && rule.ref.index > from);
  if (behind.length === 0) return [];
  const early = last.map(({ rule }) => ofRule(rule)).filter(({ rule }) => rule?.ref.index === from);
  const late = behind.filter(({ rule }) => {
    const canonical = ofRule(rule);
    return meetsLast(canonical) && early.some((each) => !disjoint(each, canonical));
  });
  if (late.length === 0) forgiven.add('order');
  return late.map(({ rule, expected }) => {
    const moved = ofRule(rule);
    return { port: expected.port, installed: [...early, moved], expected: [moved, ...early] };
  });
}

export function destinationPortOf(rule: Canonical): string | undefined {
  const port = portOf(rule.parts);
  const protocol = / -p (\S+)/.exec(rule.clauses.find((clause) => clause.startsWith(' -p ')) ?? '')?.[1];
  return port === undefined || protocol === undefined ? undefined : `${protocol} ${port}`;
}

function remembered<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}
