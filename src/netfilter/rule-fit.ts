// Whether a packet fits a rule at one point of its walk: its matches in their order, as the kernel asks them, since a
// match may leave something behind (`recent --set`) although a later one fails.
import { addressType } from './address-type.ts';
import { negate, type Tri } from './extensions/extension.ts';
import { statisticShare } from './extensions/statistic.ts';
import { type Fraction, isOne, isZero, one, times } from './fraction.ts';
import { isMember } from './ipset.ts';
import { matches } from './matches.ts';
import { missingFact } from './missing-fact.ts';
import type { NodeFacts } from './node-facts.ts';
import type { Packet } from './packet.ts';
import { lookUp } from './routes.ts';
import type { Match, MatchOf } from './ruleset.ts';
import type { WalkState } from './walk-state.ts';

/** `state` is what the walk goes on with, whether the rule takes the packet or not. */
export type Fit =
  | { readonly kind: 'no'; readonly state: WalkState }
  | { readonly kind: 'yes'; readonly state: WalkState }
  /** Chance decides: `share` is that of the packets taken, neither 0 nor 1. */
  | { readonly kind: 'chance'; readonly share: Fraction; readonly state: WalkState }
  /** A recent list decides: the rule takes packets of clients that it holds, or of those it does not. */
  | { readonly kind: 'client'; readonly seen: WalkState; readonly fresh: WalkState; readonly takesSeen: boolean }
  | { readonly kind: 'unknown'; readonly fact: string; readonly state: WalkState };

export function fits(ruleMatches: readonly Match[], entry: WalkState, facts: NodeFacts): Fit {
  let state = entry;
  let share: Fraction = one;
  let fact: string | undefined;
  let asked: { readonly key: string; readonly negated: boolean } | undefined;
  for (const match of ruleMatches) {
    if (match.kind === 'statistic') {
      const part = match.options.mode?.values[0] === 'random' ? statisticShare(match.options) : nthShare(match);
      if (part === undefined) fact ??= missingFact(match, state.packet);
      else if (isZero(part)) return { kind: 'no', state };
      else share = times(share, part);
      continue;
    }
    if (match.kind === 'recent') {
      const answer = askRecent(match, state);
      const sure = fact === undefined && asked === undefined && isOne(share);
      if (answer.leaves !== undefined)
        state = remember(state, answer.leaves.key, sure ? answer.leaves.listed : undefined);
      if (answer.fits === false) return { kind: 'no', state };
      if (answer.fits === undefined && answer.key !== undefined && asked === undefined)
        asked = { key: answer.key, negated: answer.negated };
      else if (answer.fits === undefined) fact ??= missingFact(match, state.packet);
      continue;
    }
    const fit = matches(...asSeenBy(match, state, facts));
    if (fit === false) return { kind: 'no', state };
    if (fit === undefined) fact ??= missingFact(match, state.packet);
  }
  if (asked !== undefined && (fact !== undefined || !isOne(share))) fact ??= 'the recent list of the rule';
  if (fact !== undefined) return { kind: 'unknown', fact, state };
  if (asked !== undefined) {
    return {
      kind: 'client',
      seen: remember(state, asked.key, true),
      fresh: remember(state, asked.key, false),
      takesSeen: !asked.negated,
    };
  }
  return isOne(share) ? { kind: 'yes', state } : { kind: 'chance', share, state };
}

/** One in every packet is every packet; of more, nobody knows whose turn it is. */
function nthShare(match: MatchOf<'statistic'>): Fraction | undefined {
  const share = statisticShare(match.options);
  return share !== undefined && (isOne(share) || isZero(share)) ? share : undefined;
}

/** The match, and the packet with what the node's facts say of it where the match asks. */
function asSeenBy(match: Match, state: WalkState, facts: NodeFacts): readonly [Match, Packet] {
  const { packet, changedSets } = state;
  switch (match.kind) {
    case 'addrtype':
      return withTypes(match, packet, facts);
    case 'set': {
      if (packet.inSet !== undefined) return [match, packet];
      const inSet: Packet['inSet'] = (name, directions) => {
        const members = changedSets.includes(name) ? undefined : facts.sets?.get(name);
        return members && isMember(members, packet, directions);
      };
      return [match, { ...packet, inSet }];
    }
    case 'rpfilter': {
      const reversePathOk = packet.reversePathOk === undefined ? hasWayBack(match, packet, facts) : undefined;
      if (reversePathOk === undefined) return [match, packet];
      // The answer is for the options of this very match: only its `--invert` is left to apply.
      const { invert } = match.options;
      return [
        { ...match, options: { invert } },
        { ...packet, reversePathOk },
      ];
    }
    default:
      return [match, packet];
  }
}

/** Of IPv4 the facts tell the type on one interface as well: then the match need not leave that open. */
function withTypes(match: MatchOf<'addrtype'>, packet: Packet, facts: NodeFacts): readonly [Match, Packet] {
  const { 'limit-iface-in': byIn, 'limit-iface-out': byOut, ...unlimited } = match.options;
  const only = byIn !== undefined ? packet.inInterface : byOut !== undefined ? packet.outInterface : null;
  const { family, source, destination } = packet;
  const limit = family === 'IPv4' && typeof only === 'string' ? only : undefined;
  const types = {
    sourceType: packet.sourceType ?? addressType(facts, family, source, limit),
    destinationType: packet.destinationType ?? addressType(facts, family, destination, limit),
  };
  const settled = limit !== undefined && types.sourceType !== undefined && types.destinationType !== undefined;
  return [settled ? { ...match, options: unlimited } : match, { ...packet, ...defined(types) }];
}

/** rpfilter_lookup_reverse (ipt_rpfilter.c): a route back by the interface the packet came in on. */
function hasWayBack(match: MatchOf<'rpfilter'>, { family, source, mark, inInterface }: Packet, facts: NodeFacts): Tri {
  if (typeof inInterface !== 'string') return undefined;
  const valid = match.options.validmark === undefined ? 0 : mark;
  const back = lookUp(facts, { family, destination: source, source: undefined, mark: valid, inInterface: null });
  if (back.kind === 'unknown') return undefined;
  if (back.kind === 'none') return false;
  if (back.type !== 'unicast' && !(back.type === 'local' && match.options['accept-local'] !== undefined)) return false;
  if (match.options.loose !== undefined) return true;
  return back.route?.interface === undefined ? undefined : back.route.interface === inInterface;
}

interface RecentAnswer {
  readonly fits: Tri;
  readonly negated: boolean;
  /** Of the question, where it may be asked of the client. */
  readonly key: string | undefined;
  /** What the match leaves in its list. */
  readonly leaves: { readonly key: string; readonly listed: boolean } | undefined;
}

function askRecent(match: MatchOf<'recent'>, { packet, recent }: WalkState): RecentAnswer {
  const { set, rcheck, update, remove, name, mask, rdest, seconds, hitcount, rttl } = match.options;
  const address = rdest === undefined ? packet.source : packet.destination;
  const list = JSON.stringify([name?.values[0] ?? 'DEFAULT', mask?.values[0] ?? '', address ?? '']);
  if (set !== undefined)
    return { fits: !set.negated, negated: false, key: undefined, leaves: { key: list, listed: true } };
  const lookup = rcheck ?? update ?? remove;
  if (lookup === undefined) return { fits: undefined, negated: false, key: undefined, leaves: undefined };
  const key = JSON.stringify([list, seconds?.values[0], hitcount?.values[0], rttl !== undefined]);
  const counted = hitcount !== undefined || rttl !== undefined;
  const known = recent.get(key) ?? (recent.get(list) === true && counted ? undefined : recent.get(list));
  const listed = known ?? (recent.has(list) ? undefined : matches({ ...match, options: plain(match.options) }, packet));
  const leaves = remove !== undefined && listed !== false ? { key: list, listed: false } : undefined;
  return {
    fits: negate(lookup.negated, listed),
    negated: lookup.negated,
    key: address === undefined ? undefined : key,
    leaves,
  };
}

/** The same question without its `!`. */
function plain(options: MatchOf<'recent'>['options']): MatchOf<'recent'>['options'] {
  const [kind] = (['rcheck', 'update', 'remove'] as const).filter((each) => options[each] !== undefined);
  return kind === undefined ? options : { ...options, [kind]: { negated: false, values: [] } };
}

function remember(state: WalkState, key: string, listed: boolean | undefined): WalkState {
  const recent = new Map(state.recent);
  recent.set(key, listed);
  return { ...state, recent };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
