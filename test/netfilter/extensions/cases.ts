// The `.cases` files: rules, and what real iptables makes of them.
//
//     setup ipset create blocked hash:ip     a command the lines below need
//     family 6                               ip6tables from here on
//     *nat                                   the table and
//     :PREROUTING                            the chain from here on; *filter and :INPUT at first
//     RULE ; AS SAVED ; OK                   `=` for a rule that is saved as it was written
//     RULE ; ; FAIL                          refused by iptables, unknown to us
//     RULE ; AS SAVED ; OK ; needs=xt_ipvs   where the kernel has what it needs
import { readdirSync, readFileSync } from 'node:fs';
import type { Family } from '../../../src/address.ts';

export interface Case {
  /** `mark.cases:7`. */
  readonly place: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly rule: string;
  /** `undefined` where iptables refuses the rule. */
  readonly saved: string | undefined;
  readonly needs: string | undefined;
}

export interface CaseFile {
  readonly name: string;
  readonly setup: readonly (readonly string[])[];
  readonly cases: readonly Case[];
}

export function readCaseFiles(): readonly CaseFile[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.cases'));
  return names.sort().map((name) => readCases(name, readFileSync(`${import.meta.dirname}/${name}`, 'utf8')));
}

function readCases(name: string, text: string): CaseFile {
  const setup: string[][] = [];
  const cases: Case[] = [];
  const at = { family: 'IPv4' as Family, table: 'filter', chain: 'INPUT' };
  for (const [index, line] of text.split('\n').entries()) {
    const [word = '', ...rest] = line.split(' ');
    if (line === '' || line.startsWith('# ')) continue;
    if (word === 'setup') setup.push(rest);
    else if (word === 'family') at.family = rest[0] === '6' ? 'IPv6' : 'IPv4';
    else if (word.startsWith('*')) at.table = word.slice(1);
    else if (word.startsWith(':')) at.chain = word.slice(1);
    else cases.push({ ...at, ...readLine(line, `${name}:${index + 1}`) });
  }
  return { name, setup, cases };
}

function readLine(line: string, place: string): Pick<Case, 'place' | 'rule' | 'saved' | 'needs'> {
  const [, rule, saved, answer, needs] = /^(.*?) ; (?:(.*?) )?; (OK|FAIL)(?: ; needs=(\S+))?$/.exec(line) ?? [];
  if (rule === undefined || (saved === undefined) !== (answer === 'FAIL'))
    throw new Error(`${place}: not a case: ${line}`);
  return { place, rule, saved: saved === '=' ? rule : saved, needs };
}
