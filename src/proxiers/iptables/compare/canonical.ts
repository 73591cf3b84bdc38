// A rule reduced to what it does to a packet: no comment, no counter, its matches in one order, a probability as the part
// it stands for. Two rules with the same canonical text do the same.
import { flowOf } from '../../../netfilter/extensions/index.ts';
import { statisticShare } from '../../../netfilter/extensions/statistic.ts';
import { printAnyMatch, printAnyTarget } from '../../../netfilter/print.ts';
import { firstValue, type Match, type Rule } from '../../../netfilter/ruleset.ts';
import { readRuleLine } from '../../../parse/rule-line.ts';

export interface Canonical {
  /** Its matches, sorted, then its target. */
  readonly text: string;
  /** One a match, without those that have no part in what the rule does. */
  readonly clauses: readonly string[];
  /** The clauses that decide whether a packet fits. */
  readonly conditions: readonly string[];
  readonly target: string;
  /** As it was printed. */
  readonly original: string;
  /** The installed one; `undefined` for one that is expected. */
  readonly rule: Rule | undefined;
  readonly parts: Pick<Rule, 'matches' | 'target'>;
  /** A packet that fits goes no further in this chain. */
  readonly takes: boolean;
  /** The same packet may fit once and not the next time. */
  readonly chance: boolean;
  /** Meeting it twice is not the same as once. */
  readonly toggles: boolean;
  /** It writes down who met it, where another rule may look. */
  readonly remembers: boolean;
  /** Whoever meets it goes on as before. */
  readonly idle: boolean;
}

/** What is known of where a rule stands and of where it leads to. */
export interface Surroundings {
  /** Of all packets that come into its chain, where that is one: `tcp`. */
  readonly protocol?: string;
  /** Whether a KUBE-EXT chain keeps whoever comes in. Others are not asked about. */
  readonly keepsAll?: (chain: string) => boolean;
}

export function canonicalRule(rule: Rule, around: Surroundings = {}): Canonical {
  return canonical(rule, rule.text, rule, around);
}

/** Of an expected rule's text, which is one that can be read. */
export function canonicalText(text: string, around: Surroundings = {}): Canonical {
  const line = readRuleLine(text, (name) => name.startsWith('KUBE-'));
  const parts = line ?? { matches: [], target: { kind: 'unknown' as const, name: '', words: text } };
  return canonical(parts, text, undefined, around);
}

function canonical(
  parts: Pick<Rule, 'matches' | 'target'>,
  original: string,
  rule: Rule | undefined,
  { protocol, keepsAll }: Surroundings,
): Canonical {
  const given = ` -p ${protocol}`;
  const clauses = [...new Set(parts.matches.flatMap(clauseOf))].filter((clause) => clause !== given).sort();
  const target = printAnyTarget(parts.target);
  const written = new Set(parts.matches.filter(alwaysFits).flatMap(clauseOf));
  return {
    text: `${clauses.join('')}${target}`,
    clauses,
    conditions: clauses.filter((clause) => !written.has(clause)),
    target,
    original,
    rule,
    parts,
    takes: takes(parts.target, keepsAll),
    chance: parts.matches.some(isChance) || parts.target.kind === 'unknown',
    toggles: toggles(parts.target),
    remembers: parts.matches.some(isWritten),
    idle: isIdle(parts),
  };
}

/** Extensions that a header of the same protocol stands for. */
const protocols: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'icmp', 'icmp6']);
const logging: ReadonlySet<string> = new Set(['LOG', 'NFLOG', 'AUDIT', 'TRACE']);

function clauseOf(match: Match): readonly string[] {
  switch (match.kind) {
    case 'comment':
    case 'nfacct':
      return [];
    case 'statistic':
      return shareOf(match) === 1 ? [] : [shareText(match)];
    case 'recent':
      // Clears away what has expired: nobody would find it anyway.
      return [printAnyMatch(match).replace(' --reap', '')];
    case 'source':
    case 'destination':
      return match.prefix.endsWith('/0') && !match.negated ? [] : [printAnyMatch(match)];
    default:
      if (protocols.has(match.kind) && 'options' in match && Object.keys(match.options).length === 0) return [];
      return [printAnyMatch(match).replace(stateList, (_, option, states) => `${option}${sortedList(states)}`)];
  }
}

const stateList = /(--(?:ctstate|ctstatus|state) )([A-Z,_]+)/;

function sortedList(list: string): string {
  return list.split(',').sort().join(',');
}

/** Within this part of itself a probability is the same: the digits differ between iptables' releases. */
const tolerance = 1e-4;

// -m statistic --mode random --probability 0.33333333349  is one in three.
function shareText(match: StatisticMatch): string {
  const share = shareOf(match);
  if (share === undefined) return printAnyMatch(match);
  const among = Math.round(1 / share);
  return Math.abs(share * among - 1) < tolerance ? ` one in ${among}` : ` share ${share}`;
}

type StatisticMatch = Match & { readonly kind: 'statistic' };

/** Of packets taken at random; `undefined` for every n-th. */
function shareOf({ options }: StatisticMatch): number | undefined {
  const share = firstValue(options.mode) === 'random' ? statisticShare(options) : undefined;
  return share && Number(share.numerator) / Number(share.denominator);
}

function takes(target: Rule['target'], keepsAll: Surroundings['keepsAll']): boolean {
  switch (target.kind) {
    case 'none':
      return false;
    case 'verdict':
    case 'return':
    case 'goto':
    case 'unknown':
      return true;
    case 'jump':
      // Each ends with a DNAT that every packet fits; where it does not, that chain is another difference.
      if (target.chain.startsWith('KUBE-EXT-')) return keepsAll?.(target.chain) ?? false;
      return /^KUBE-(?:SEP|SVC|SVL)-/.test(target.chain);
    default:
      return flowOf(target) === 'ends';
  }
}

const chances: ReadonlySet<string> = new Set(['limit', 'hashlimit', 'connlimit', 'quota', 'unknown']);

function isChance(match: Match): boolean {
  if (match.kind === 'statistic') return shareOf(match) !== 1;
  if (match.kind === 'recent') return match.options.rcheck === undefined && !alwaysFits(match);
  return chances.has(match.kind);
}

//  -m recent --set  fits everybody.
function alwaysFits(match: Match): boolean {
  return match.kind === 'recent' && match.options.set !== undefined && !match.options.set.negated;
}

/** `-m recent` but for a mere look. `-m connlimit` and its kin keep a book of their own. */
function isWritten(match: Match): boolean {
  return match.kind === 'recent' && match.options.rcheck === undefined;
}

/** Whoever meets it goes on as before, and nothing is remembered that another rule could ask for. */
function isIdle({ matches, target }: Pick<Rule, 'matches' | 'target'>): boolean {
  if (matches.some((match) => match.kind === 'statistic' && shareOf(match) === 0)) return true;
  if (matches.some((match) => match.kind === 'unknown' || isChance(match) || isWritten(match))) return false;
  return target.kind === 'none' || logging.has(target.kind);
}

// -j MARK --set-xmark 0x4000/0x0 turns the bit over each time.
function toggles(target: Rule['target']): boolean {
  if (target.kind !== 'MARK' && target.kind !== 'CONNMARK') return false;
  const [value, mask] = (firstValue(target.options['set-xmark']) ?? '').split('/').map(Number);
  return value !== undefined && mask !== undefined && (value & ~mask) !== 0;
}
