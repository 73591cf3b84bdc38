// Rules in the order a packet meets them, compared by what they do: what has no effect is left out, and two rules may
// stand either way round where no packet can tell.
import type { DiffLine, Harmless } from '../../difference.ts';
import type { Canonical } from './canonical.ts';
import { commute } from './commute.ts';

export type SequenceResult =
  | { readonly same: true; readonly forgiven: readonly Harmless[] }
  | { readonly same: false; readonly order: boolean; readonly lines: readonly DiffLine[] };

/** `mayTrade`: pairs whose order has no meaning although they do not commute, such as rules of two owners. */
export function compareSequences(
  installed: readonly Canonical[],
  expected: readonly Canonical[],
  mayTrade: (a: Canonical, b: Canonical) => boolean = () => false,
): SequenceResult {
  const forgiven = new Set<Harmless>();
  const has = reduced(installed, (why) => forgiven.add(why));
  const wants = reduced(expected, () => {});
  if (has.length === wants.length && has.every(({ text }, index) => text === wants[index]?.text)) {
    for (const why of spelling(has, wants)) forgiven.add(why);
    return { same: true, forgiven: [...forgiven] };
  }
  if (!sameRules(has, wants)) return { same: false, order: false, lines: unifiedDiff(installed, expected) };
  if (tradedSafely(has, wants, mayTrade)) return { same: true, forgiven: [...forgiven, 'order'] };
  return { same: false, order: true, lines: unifiedDiff(installed, expected) };
}

/** Without the rules that change nothing for any packet. */
function reduced(rules: readonly Canonical[], left: (why: Harmless) => void): readonly Canonical[] {
  const kept: Canonical[] = [];
  const seen = new Set<string>();
  for (const [index, rule] of rules.entries()) {
    const before = kept.at(-1);
    if (before?.takes && before.clauses.length === 0) {
      left('unreachable-rule');
      continue;
    }
    if (rule.idle) {
      if (rule.target !== '') left('no-effect');
      continue;
    }
    if (seen.has(rule.text) && !rule.chance && !rule.toggles) {
      left('repeated-rule');
      continue;
    }
    const next = rules[index + 1];
    if (next !== undefined && isNarrower(rule, next)) {
      left('counting');
      continue;
    }
    seen.add(rule.text);
    kept.push(rule);
  }
  return kept;
}

/** What the first takes, the second would have taken to the same place: kube-proxy counts so. */
function isNarrower(rule: Canonical, next: Canonical): boolean {
  return (
    rule.target === next.target &&
    !rule.chance &&
    !next.chance &&
    !rule.toggles &&
    rule.clauses.length > next.clauses.length &&
    next.clauses.every((clause) => rule.clauses.includes(clause))
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
