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
  /** One a match, without those that have no part in the decision. */
  readonly clauses: readonly string[];
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
  /** Whoever meets it goes on as before. */
  readonly idle: boolean;
}

export function canonicalRule(rule: Rule): Canonical {
  return canonical(rule, rule.text, rule);
}

/** Of an expected rule's text, which is one that can be read. */
export function canonicalText(text: string): Canonical {
  const line = readRuleLine(text, (name) => name.startsWith('KUBE-'));
  return canonical(line ?? { matches: [], target: { kind: 'unknown', name: '', words: text } }, text, undefined);
}

function canonical(parts: Pick<Rule, 'matches' | 'target'>, original: string, rule: Rule | undefined): Canonical {
  const clauses = [...new Set(parts.matches.flatMap(clauseOf))].sort();
  const target = printAnyTarget(parts.target);
  return {
    text: `${clauses.join('')}${target}`,
    clauses,
    target,
    original,
    rule,
    parts,
    takes: takes(parts.target),
    chance: parts.matches.some(isChance) || parts.target.kind === 'unknown',
    toggles: toggles(parts.target),
    idle: parts.target.kind === 'none' ? parts.matches.every(isPassive) : logging.has(parts.target.kind),
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
      return [shareText(match)];
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
function shareText(match: Match & { readonly kind: 'statistic' }): string {
  const share = firstValue(match.options.mode) === 'random' ? statisticShare(match.options) : undefined;
  if (share === undefined) return printAnyMatch(match);
  const probability = Number(share.numerator) / Number(share.denominator);
  const among = Math.round(1 / probability);
  return Math.abs(probability * among - 1) < tolerance ? ` one in ${among}` : ` share ${probability}`;
}

function takes(target: Rule['target']): boolean {
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
      return /^KUBE-(?:SEP|SVC|SVL)-/.test(target.chain);
    default:
      return flowOf(target) === 'ends';
  }
}

const chances: ReadonlySet<string> = new Set(['statistic', 'limit', 'hashlimit', 'connlimit', 'quota', 'unknown']);

function isChance(match: Match): boolean {
  return chances.has(match.kind) || (match.kind === 'recent' && match.options.rcheck === undefined);
}

/** Nothing is remembered or counted that another rule could ask for. */
function isPassive(match: Match): boolean {
  return match.kind !== 'unknown' && !isChance(match);
}

// -j MARK --set-xmark 0x4000/0x0 turns the bit over each time.
function toggles(target: Rule['target']): boolean {
  if (target.kind !== 'MARK' && target.kind !== 'CONNMARK') return false;
  const [value, mask] = (firstValue(target.options['set-xmark']) ?? '').split('/').map(Number);
  return value !== undefined && mask !== undefined && (value & ~mask) !== 0;
}
