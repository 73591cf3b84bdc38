// Rules in the order a packet meets them, compared by what they do: what has no effect is left out, and two rules may
// stand either way round where no packet can tell.
import type { DiffLine, Harmless } from '../../difference.ts';
import type { Canonical } from './canonical.ts';
import { commute, disjoint, isWithin } from './commute.ts';

export type SequenceResult =
  | { readonly same: true; readonly forgiven: readonly Harmless[] }
  | { readonly same: false; readonly order: boolean; readonly lines: readonly DiffLine[] };

/** `mayTrade`: pairs whose order has no meaning although they do not commute, such as rules of two owners. */
export function compareSequences(
  installed: readonly Canonical[],
  expected: readonly Canonical[],
  mayTrade: (a: Canonical, b: Canonical) => boolean = () => false,
): SequenceResult {
  const needlessly: { readonly why: Harmless; readonly rule: Canonical }[] = [];
  const left = (why: Harmless, rule: Canonical) => needlessly.push({ why, rule });
  const has = reduced(installed, left);
  const wants = reduced(expected, left);
  const order = !sameTexts(has, wants);
  if (order && !(sameRules(has, wants) && tradedSafely(has, wants, mayTrade))) {
    const rearranged = sameRules(has, wants) || sameRules(installed, expected);
    return { same: false, order: rearranged, lines: unifiedDiff(installed, expected) };
  }
  // What both have and needed not is no difference.
  const [here, there] = [installed, expected].map((rules) => new Set(rules.map(({ text }) => text)));
  const forgiven = needlessly.flatMap(({ why, rule }) =>
    here?.has(rule.text) && there?.has(rule.text) && why !== 'repeated-rule' ? [] : why,
  );
  return { same: true, forgiven: [...new Set([...forgiven, ...(order ? ['order' as const] : spelling(has, wants))])] };
}

function sameTexts(a: readonly Canonical[], b: readonly Canonical[]): boolean {
  return a.length === b.length && a.every(({ text }, index) => text === b[index]?.text);
}

/** Without the rules that change nothing for any packet. */
function reduced(rules: readonly Canonical[], left: (why: Harmless, rule: Canonical) => void): readonly Canonical[] {
  const kept: Canonical[] = [];
  const seen = new Set<string>();
  const takers = new Set<string>();
  for (const rule of rules) {
    const why = needless(rule, seen, takers);
    if (why !== undefined) {
      if (rule.target !== '') left(why, rule);
      continue;
    }
    if (!rule.takes) forgetChanged(rule, seen, takers);
    seen.add(rule.text);
    if (rule.takes && !rule.chance) takers.add(rule.conditions.join(''));
    kept.push(rule);
  }
  return withoutVainReturns(withoutCovered(kept, left), (rule) => left('no-effect', rule));
}

/** A packet that goes on with another mark, or on another list, may fit what it did not fit before. */
function forgetChanged({ parts, remembers }: Canonical, seen: Set<string>, takers: Set<string>): void {
  if (parts.target.kind === 'none' && !remembers) return;
  const isJump = parts.target.kind === 'jump';
  for (const text of seen) if (!isJump || asksWhatChanges.test(text)) seen.delete(text);
  for (const taker of takers) if (remembers || asksWhatChanges.test(taker)) takers.delete(taker);
}

const asksWhatChanges = / -m (?:mark|connmark|recent|set) /;

function needless(rule: Canonical, seen: ReadonlySet<string>, takers: ReadonlySet<string>): Harmless | undefined {
  if (takers.size > 0 && isTaken(rule, (conditions) => takers.has(conditions))) return 'unreachable-rule';
  if (rule.idle) return 'no-effect';
  return seen.has(rule.text) && !rule.chance && !rule.toggles ? 'repeated-rule' : undefined;
}

/**
 * Without the rules whose packets another rule of the chain takes to the same place, where none in between takes them
 * elsewhere: those that only count, and a range within another.
 */
function withoutCovered(
  rules: readonly Canonical[],
  left: (why: Harmless, rule: Canonical) => void,
): readonly Canonical[] {
  const byTarget = Map.groupBy(rules.keys(), (at) => rules[at]?.target);
  if (byTarget.size === rules.length) return rules;
  return rules.filter((rule, at) => {
    const covered = (byTarget.get(rule.target) ?? []).some((other) => {
      const wider = rules[other];
      if (wider === undefined || other === at || !isNarrower(rule, wider)) return false;
      const between = rules.slice(Math.min(at, other) + 1, Math.max(at, other));
      return between.every((each) => each.target === rule.target || disjoint(rule, each));
    });
    if (covered) left(rule.original.includes('--nfacct-name') ? 'counting' : 'repeated-rule', rule);
    return !covered;
  });
}

/** More clauses than this no rule of kube-proxy's has. */
const mostClauses = 8;

/** Whoever fits the rule fitted one before that takes: some of its clauses are all that one asks. */
export function isTaken({ clauses }: Canonical, isTakers: (conditions: string) => boolean): boolean {
  if (clauses.length > mostClauses) return isTakers('');
  for (let some = 0; some < 1 << clauses.length; some++) {
    if (isTakers(clauses.filter((_, at) => (some & (1 << at)) !== 0).join(''))) return true;
  }
  return false;
}

/** A packet that returns meets no rule behind: the same if it fits none of those. */
function withoutVainReturns(rules: readonly Canonical[], left: (rule: Canonical) => void): readonly Canonical[] {
  const kept: Canonical[] = [];
  for (const rule of rules.toReversed()) {
    if (isReturn(rule) && kept.every((later) => disjoint(rule, later))) left(rule);
    else kept.push(rule);
  }
  return kept.reverse();
}

export function isReturn({ parts, remembers }: Canonical): boolean {
  return parts.target.kind === 'return' && !remembers;
}

/** What the one takes, the other would take to the same place, if it were there alone. */
function isNarrower(rule: Canonical, wider: Canonical): boolean {
  return (
    rule.target === wider.target &&
    rule.target !== '' &&
    rule.text !== wider.text &&
    !wider.chance &&
    !rule.toggles &&
    !rule.remembers &&
    !wider.remembers &&
    !asksWhatChanges.test(wider.text) &&
    rule.parts.matches.every(({ kind }) => kind !== 'unknown') &&
    wider.clauses.every((clause) => rule.clauses.includes(clause) || isWithin(rule, wider, clause))
  );
}

function sameRules(a: readonly Canonical[], b: readonly Canonical[]): boolean {
  if (a.length !== b.length) return false;
  const texts = (rules: readonly Canonical[]) => rules.map(({ text }) => text).sort();
  const [left, right] = [texts(a), texts(b)];
  return left.every((text, index) => text === right[index]);
}

/** Every pair that stands the other way round may do so. */
function tradedSafely(
  has: readonly Canonical[],
  wants: readonly Canonical[],
  mayTrade: (a: Canonical, b: Canonical) => boolean,
): boolean {
  const free = new Map<string, number[]>();
  for (const [index, { text }] of wants.entries()) free.set(text, [...(free.get(text) ?? []), index]);
  const places = has.map(({ text }) => free.get(text)?.shift() ?? 0);
  for (let later = 1; later < has.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const [a, b] = [has[earlier], has[later]];
      if ((places[earlier] ?? 0) < (places[later] ?? 0) || a === undefined || b === undefined) continue;
      if (!commute(a, b) && !mayTrade(a, b)) return false;
    }
  }
  return true;
}

/** Texts that differ in what no packet sees. */
function spelling(has: readonly Canonical[], wants: readonly Canonical[]): readonly Harmless[] {
  if (has.every(({ original }, index) => original === wants[index]?.original)) return [];
  const rounded = has.some((rule, index) => probabilityOf(rule) !== probabilityOf(wants[index]));
  return rounded ? ['rounding', 'comment'] : ['comment'];
}

function probabilityOf(rule: Canonical | undefined): string | undefined {
  return /--probability (\S+)/.exec(rule?.original ?? '')?.[1];
}

/** Longest common subsequence by what rules do; what is in both is told as it is installed. */
export function unifiedDiff(installed: readonly Canonical[], expected: readonly Canonical[]): readonly DiffLine[] {
  // A chain of thousands of rules: the ends that are alike need no table.
  let head = 0;
  while (head < installed.length && head < expected.length && installed[head]?.text === expected[head]?.text) head++;
  let tail = 0;
  const most = Math.min(installed.length, expected.length) - head;
  while (tail < most && installed.at(-1 - tail)?.text === expected.at(-1 - tail)?.text) tail++;
  const has = installed.slice(head, installed.length - tail);
  const wants = expected.slice(head, expected.length - tail);
  const kept = (rule: Canonical): DiffLine => ({ sign: ' ', text: rule.original, rule: rule.rule });
  return [
    ...installed.slice(0, head).map(kept),
    ...changedLines(has, wants),
    ...installed.slice(installed.length - tail).map(kept),
  ];
}

/** Beyond this many pairs the middle is told as all out, all in. */
const largestTable = 4_000_000;

function changedLines(has: readonly Canonical[], wants: readonly Canonical[]): readonly DiffLine[] {
  const missing = (rule: Canonical): DiffLine => ({ sign: '-', text: rule.original, rule: undefined });
  const extra = (rule: Canonical): DiffLine => ({ sign: '+', text: rule.original, rule: rule.rule });
  if (has.length * wants.length > largestTable) return [...wants.map(missing), ...has.map(extra)];
  const width = wants.length + 1;
  const lengths = new Uint32Array((has.length + 1) * width);
  for (let i = has.length - 1; i >= 0; i--) {
    for (let j = wants.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        has[i]?.text === wants[j]?.text
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < has.length || j < wants.length) {
    const [a, b] = [has[i], wants[j]];
    if (a !== undefined && a.text === b?.text) {
      lines.push({ sign: ' ', text: a.original, rule: a.rule });
      i++;
      j++;
    } else if (
      b !== undefined &&
      (a === undefined || (lengths[i * width + j + 1] ?? 0) >= (lengths[(i + 1) * width + j] ?? 0))
    ) {
      lines.push(missing(b));
      j++;
    } else if (a !== undefined) {
      lines.push(extra(a));
      i++;
    }
  }
  return lines;
}
