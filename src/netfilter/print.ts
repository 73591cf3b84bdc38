// A ruleset as iptables-save prints it, but for its comment lines, which carry the time.
import { printMatch, printTarget } from './extensions/index.ts';
import type { Chain, Counters, Match, Rule, Ruleset, Target } from './ruleset.ts';

/** The text of all tables, each line ended by a newline. Lines that were unread are not in it. */
export function printRuleset(ruleset: Ruleset): string {
  const lines: string[] = [];
  for (const table of ruleset.tables) {
    lines.push(`*${table.name}`);
    for (const chain of table.chains()) if (chain.declared) lines.push(printChain(chain));
    for (const rule of table.rules()) {
      lines.push(rule.counters === undefined ? printRule(rule) : `${printCounters(rule.counters)} ${printRule(rule)}`);
    }
    if (table.committed) lines.push('COMMIT');
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** `:NAME POLICY [packets:bytes]` */
export function printChain({ name, policy, counters }: Chain): string {
  return `:${name} ${policy ?? '-'}${counters === undefined ? '' : ` ${printCounters(counters)}`}`;
}

/** `-A CHAIN ...` without counters. */
export function printRule({ ref, matches, target }: Pick<Rule, 'ref' | 'matches' | 'target'>): string {
  return `-A ${ref.chain}${matches.map(printAnyMatch).join('')}${printAnyTarget(target)}`;
}

function printCounters({ packets, bytes }: Counters): string {
  return `[${packets}:${bytes}]`;
}

/** ` -d 10.0.0.0/8`, ` -m NAME options`. */
export function printAnyMatch(match: Match): string {
  switch (match.kind) {
    case 'source':
      return header('-s', match.negated, match.prefix);
    case 'destination':
      return header('-d', match.negated, match.prefix);
    case 'in-interface':
      return header('-i', match.negated, match.name);
    case 'out-interface':
      return header('-o', match.negated, match.name);
    case 'protocol':
      return header('-p', match.negated, match.protocol);
    case 'fragment':
      return match.negated ? ' ! -f' : ' -f';
    case 'unknown':
      // Words that belong to no clause stand without an `-m` of their own.
      return match.name === '' ? ` ${match.words}` : printMatch(match);
    default:
      return printMatch(match);
  }
}

function header(option: string, negated: boolean, value: string): string {
  return `${negated ? ' !' : ''} ${option} ${value}`;
}

/** ` -j NAME options`; empty for a rule without one. */
export function printAnyTarget(target: Target): string {
  switch (target.kind) {
    case 'verdict':
      return ` -j ${target.verdict}`;
    case 'return':
      return ' -j RETURN';
    case 'jump':
      return ` -j ${target.chain}`;
    case 'goto':
      return ` -g ${target.chain}`;
    case 'none':
      return '';
    default:
      // An unread goto keeps its `-g`.
      if (target.kind === 'unknown' && target.name === '-g') return ` -g ${target.words}`;
      return printTarget(target);
  }
}
