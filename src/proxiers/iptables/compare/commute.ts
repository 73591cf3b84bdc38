// Whether two neighbouring rules may stand either way round: no packet fits both, or it fares the same.
import { contains } from '../../../address.ts';
import { firstValue, type Rule } from '../../../netfilter/ruleset.ts';
import type { Canonical } from './canonical.ts';

export function commute(a: Canonical, b: Canonical): boolean {
  if (a.text === b.text) return true;
  if (disjoint(a, b)) return true;
  if (a.chance || b.chance || a.remembers || b.remembers) return false;
  // To the same place, once or twice, whichever comes first.
  if (a.target === b.target && !a.toggles) return (a.takes && b.takes) || !(asksForMark(a) || asksForMark(b));
  // Both only set bits, and neither asks for what the other sets.
  return !a.takes && !b.takes && marks(a) && marks(b) && !asksForMark(a) && !asksForMark(b);
}

/** Never wrong where it says so; it may miss that no packet fits both. */
export function disjoint(a: Canonical, b: Canonical): boolean {
  return (
    a.clauses.some((clause) => b.clauses.includes(inverse(clause))) ||
    (['source', 'destination'] as const).some((kind) => prefixesApart(a.parts, b.parts, kind)) ||
    differ(protocolOf(a.parts), protocolOf(b.parts)) ||
    differ(portOf(a.parts), portOf(b.parts)) ||
    statesApart(a.parts, b.parts)
  );
}

/** Whether the clause of `wider` is a prefix that holds all of the other's. */
export function isWithin(rule: Canonical, wider: Canonical, clause: string): boolean {
  const kind = clause.startsWith(' -s ') ? 'source' : clause.startsWith(' -d ') ? 'destination' : undefined;
  const [inner, outer] = kind === undefined ? [] : [prefixOf(rule.parts, kind), prefixOf(wider.parts, kind)];
  if (inner === undefined || outer === undefined || inner.negated || outer.negated) return false;
  return within(inner.prefix, outer.prefix);
}

//  -s 10.0.0.0/8  and  ! -s 10.0.0.0/8
function inverse(clause: string): string {
  return clause.startsWith(' ! ') ? clause.slice(2) : ` !${clause}`;
}

type Parts = Pick<Rule, 'matches' | 'target'>;

function prefixesApart(a: Parts, b: Parts, kind: 'source' | 'destination'): boolean {
  const [left, right] = [prefixOf(a, kind), prefixOf(b, kind)];
  if (left === undefined || right === undefined) return false;
  const network = (prefix: string) => prefix.slice(0, prefix.indexOf('/'));
  if (left.negated && right.negated) return false;
  if (left.negated) return within(right.prefix, left.prefix);
  if (right.negated) return within(left.prefix, right.prefix);
  return (
    contains(left.prefix, network(right.prefix)) === false && contains(right.prefix, network(left.prefix)) === false
  );
}

function within(inner: string, outer: string): boolean {
  const length = (prefix: string) => Number(prefix.slice(prefix.indexOf('/') + 1));
  return contains(outer, inner.slice(0, inner.indexOf('/'))) === true && length(inner) >= length(outer);
}

function prefixOf(parts: Parts, kind: 'source' | 'destination') {
  const match = parts.matches.find((each) => each.kind === kind);
  return match?.kind === 'source' || match?.kind === 'destination' ? match : undefined;
}

function protocolOf({ matches }: Parts): string | undefined {
  const match = matches.find(({ kind }) => kind === 'protocol');
  return match?.kind === 'protocol' && !match.negated ? match.protocol : undefined;
}

/** One destination port; `undefined` for none or a range. */
export function portOf({ matches }: Parts): string | undefined {
  for (const match of matches) {
    if (match.kind !== 'tcp' && match.kind !== 'udp' && match.kind !== 'sctp') continue;
    const { dport } = match.options;
    if (dport !== undefined && !dport.negated) return /^\d+$/.test(dport.values[0] ?? '') ? dport.values[0] : undefined;
  }
  return undefined;
}

/** A packet is in one state; `SNAT` and `DNAT` are none but may come on top. */
function statesApart(a: Parts, b: Parts): boolean {
  const [left, right] = [statesOf(a), statesOf(b)];
  return left !== undefined && right !== undefined && left.every((state) => !right.includes(state));
}

function statesOf({ matches }: Parts): readonly string[] | undefined {
  for (const match of matches) {
    if (match.kind !== 'conntrack' || match.options.ctstate === undefined || match.options.ctstate.negated) continue;
    const states = firstValue(match.options.ctstate)?.split(',') ?? [];
    return states.some((state) => state === 'SNAT' || state === 'DNAT') ? undefined : states;
  }
  return undefined;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function marks({ parts: { target } }: Canonical): boolean {
  if (target.kind === 'jump') return target.chain === 'KUBE-MARK-MASQ';
  if (target.kind !== 'MARK') return false;
  const [value, mask] = (firstValue(target.options['set-xmark']) ?? '').split('/').map(Number);
  return value !== undefined && value === mask;
}

function asksForMark({ parts }: Canonical): boolean {
  return parts.matches.some(({ kind }) => kind === 'mark');
}
