// The walk of one packet through the hooks: an agenda instead of recursion, since a text may claim ten thousand chains
// that lead to each other, and one node for each place and state, so that ways that meet go on as one.
import { onward } from './between-hooks.ts';
import { enterConntrack } from './enter-conntrack.ts';
import { complement, type Fraction } from './fraction.ts';
import { type Hook, rewrittenAt, type Station, stationsAt } from './hooks.ts';
import type { NodeFacts } from './node-facts.ts';
import type { ConntrackState } from './packet.ts';
import { moved } from './rewrite.ts';
import { fits } from './rule-fit.ts';
import type { Rule, RuleRef, Ruleset } from './ruleset.ts';
import type { Step, Way } from './step.ts';
import { type Effect, effectsOf, type Fate } from './target-effect.ts';
import { endOf } from './translate.ts';
import { type Frame, Frames } from './walk-frames.ts';
import type { WalkNode } from './walk-graph.ts';
import { stateKey, type WalkState } from './walk-state.ts';
import { wayOut } from './way-out.ts';

/** Rules asked in one walk, and nodes: what is beyond is undetermined. */
const longestWalk = 1_000_000;
const mostNodes = 100_000;

export interface WalkSetting {
  /** Of one family. Where two hold the same table, the first is asked first. */
  readonly rulesets: readonly Ruleset[];
  readonly facts: NodeFacts;
  /** What connection tracking makes of the packet. */
  readonly conntrack: ConntrackState;
}

/** Walks from the hook on. Ends on any rulesets. */
export function walk(setting: WalkSetting, hook: Hook, state: WalkState, way: Way | undefined): WalkNode {
  return new Walk(setting).run(hook, state, way);
}

/** `station` counts the hook's stations, `at` the rules of the frame's chain. */
interface Place {
  readonly hook: Hook;
  readonly station: number;
  readonly frame: Frame | undefined;
  readonly at: number;
}

/** One way on from a place. */
type Course =
  | { readonly kind: 'go'; readonly place: Place; readonly state: WalkState; readonly steps: readonly Step[] }
  | {
      readonly kind: 'end';
      readonly hook: Hook;
      readonly fate: Fate;
      readonly reason: string | undefined;
      readonly rule: RuleRef | undefined;
      readonly state: WalkState;
      readonly steps: readonly Step[];
    };

type Parting =
  | { readonly kind: 'one'; readonly course: Course }
  | { readonly kind: 'chance'; readonly share: Fraction; readonly taken: Course; readonly passed: Course }
  | { readonly kind: 'client'; readonly fresh: Course; readonly seen: Course }
  | { readonly kind: 'unknown'; readonly fact: string; readonly courses: readonly Course[] };

class Walk {
  readonly #setting: WalkSetting;
  readonly #frames: Frames;
  readonly #nodes = new Map<string, WalkNode>();
  readonly #stations = new Map<Hook, readonly Station[]>();
  readonly #agenda: { node: WalkNode; place: Place; state: WalkState; way: Way | undefined }[] = [];
  #asked = 0;
  #parted = false;

  constructor(setting: WalkSetting) {
    this.#setting = setting;
    this.#frames = new Frames(setting.rulesets);
  }

  run(hook: Hook, state: WalkState, way: Way | undefined): WalkNode {
    const start: WalkNode = { next: undefined };
    this.#agenda.push({ node: start, place: startOf(hook), state, way });
    for (let task = this.#agenda.pop(); task !== undefined; task = this.#agenda.pop()) {
      this.#follow(task.node, task.place, task.state, task.way);
    }
    return start;
  }

  /** Goes on from a node to the next parting, or to the end. */
  #follow(start: WalkNode, from: Place, entry: WalkState, before: Way | undefined): void {
    let [node, place, state, way] = [start, from, entry, before];
    for (;;) {
      const parting = this.#isTooLong() ? tooLong(place, state) : this.#ask(place, state);
      if (parting.kind !== 'one') {
        node.next = this.#part(parting, way);
        return;
      }
      const { course } = parting;
      if (course.kind === 'end') {
        node.next = endOfCourse(course, way);
        return;
      }
      ({ place, state } = course);
      way = extend(way, course.steps);
      // Only ways that have parted can meet, and they do where a chain or a table is left.
      if (!this.#parted || (place.frame !== undefined && place.at === 0)) continue;
      const key = keyOf(place, state);
      const known = this.#nodes.get(key);
      const next: WalkNode = known ?? { next: undefined };
      node.next = { kind: 'to', node: next };
      if (known !== undefined) return;
      this.#nodes.set(key, next);
      node = next;
    }
  }

  #isTooLong(): boolean {
    return this.#asked > longestWalk || this.#nodes.size > mostNodes;
  }

  #part(parting: Exclude<Parting, { kind: 'one' }>, way: Way | undefined): WalkNode['next'] {
    this.#parted = true;
    const enter = (course: Course) => this.#enter(course, way);
    switch (parting.kind) {
      case 'chance': {
        const [taken, passed] = [enter(parting.taken), enter(parting.passed)];
        if (taken === passed) return { kind: 'to', node: taken };
        const { share } = parting;
        return {
          kind: 'chance',
          ways: [
            { share, node: taken },
            { share: complement(share), node: passed },
          ],
        };
      }
      case 'client':
        return { kind: 'client', fresh: enter(parting.fresh), seen: enter(parting.seen) };
      case 'unknown': {
        const nodes = [...new Set(parting.courses.map(enter))];
        const [only, ...others] = nodes;
        return only !== undefined && others.length === 0
          ? { kind: 'to', node: only }
          : { kind: 'unknown', fact: parting.fact, nodes };
      }
      default:
        return parting satisfies never;
    }
  }

  #enter(course: Course, way: Way | undefined): WalkNode {
    if (course.kind === 'end') return { next: endOfCourse(course, way) };
    const { place, state, steps } = course;
    const key = keyOf(place, state);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: WalkNode = { next: undefined };
    this.#nodes.set(key, node);
    this.#agenda.push({ node, place, state, way: extend(way, steps) });
    return node;
  }

  #ask(place: Place, state: WalkState): Parting {
    const station = this.#stationsAt(place.hook)[place.station];
    if (station === undefined) return this.#leaveHook(place.hook, state);
    if (place.frame !== undefined) return this.#askRules(place, place.frame, state);
    return place.at === 0 ? this.#askStation(place, station, state) : this.#leaveTable(place, station, state, []);
  }

  #stationsAt(hook: Hook): readonly Station[] {
    const known = this.#stations.get(hook);
    if (known !== undefined) return known;
    const stations = stationsAt(hook, this.#setting.rulesets);
    this.#stations.set(hook, stations);
    return stations;
  }

  #leaveHook(hook: Hook, state: WalkState): Parting {
    const { ways, fact } = onward(hook, state, this.#setting.facts);
    const courses = ways.map(
      (each): Course =>
        each.kind === 'hook'
          ? { kind: 'go', place: startOf(each.hook), state: each.state, steps: each.steps }
          : { ...each, hook, rule: undefined },
    );
    return openParting(courses, fact);
  }

  #askStation(place: Place, station: Station, entry: WalkState): Parting {
    const { hook } = place;
    const { table, ruleset } = station;
    const steps: Step[] = place.station === 0 ? [{ kind: 'hook', hook }] : [];
    if (table === 'conntrack') {
      const state = enterConntrack(entry, this.#setting.conntrack);
      if (state.packet.state !== undefined) steps.push({ kind: 'conntrack', state: state.packet.state });
      return go(nextStation(place), state, steps);
    }
    const state = hook === 'OUTPUT' ? { ...entry, before: markAndDestination(entry) } : entry;
    if (table === 'nat' && !isAsked(hook, state)) return this.#passNat(place, station, state, steps);
    const frame = this.#frames.base(ruleset, table, hook);
    if (frame === undefined) return this.#leaveTable(place, station, state, steps);
    return go({ ...place, frame, at: 0 }, state, [...steps, { kind: 'table', hook, table, ruleset }]);
  }

  /** Rules of nat see the first packet of a connection; the others are rewritten as that one was. */
  #passNat(place: Place, station: Station, state: WalkState, steps: readonly Step[]): Parting {
    const end = rewrittenAt(place.hook);
    const follows = state.tracking === 'tracked' && state.packet.state !== 'NEW' && station.first;
    if (!follows) return this.#leaveTable(place, station, state, steps);
    if (state.reply === undefined) {
      if (!this.#frames.hasTable('nat')) return this.#leaveTable(place, station, state, steps);
      const reason = 'how its connection is translated';
      return one({ kind: 'end', hook: place.hook, fate: 'undetermined', reason, rule: undefined, state, steps });
    }
    const to = state.reply[end];
    if (to === undefined) return this.#leaveTable(place, station, state, steps);
    const step: Step = { kind: 'rewrite', rule: undefined, end, from: endOf(state, end), to };
    return this.#leaveTable(place, station, { ...state, packet: moved(state.packet, end, to) }, [...steps, step]);
  }

  #leaveTable(place: Place, { table, last }: Station, entry: WalkState, steps: readonly Step[]): Parting {
    const { hook } = place;
    const first = table === 'nat' && last && entry.tracking === 'tracked' && entry.packet.state === 'NEW';
    const asked = first ? { ...entry.asked, [rewrittenAt(hook)]: true } : entry.asked;
    const state = { ...entry, asked, before: undefined };
    if (!isReroutedBehind(hook, table, entry)) return go(nextStation(place), state, steps);
    const way = wayOut(state, this.#setting.facts);
    const done = [...steps, ...way.steps];
    if (way.kind === 'out') return go(nextStation(place), way.state, done);
    return one({ kind: 'end', hook, fate: 'dropped', reason: way.reason, rule: undefined, state, steps: done });
  }

  #askRules(place: Place, frame: Frame, entry: WalkState): Parting {
    const { rules } = frame.chain;
    let state = entry;
    for (let at = place.at; at < rules.length; at++) {
      const rule = rules[at];
      if (rule === undefined) break;
      this.#asked++;
      const fit = fits(rule.matches, state, this.#setting.facts);
      if (fit.kind === 'no') {
        state = fit.state;
        continue;
      }
      const steps = skipped(rules, place.at, at);
      const here: Place = { ...place, at };
      const pass = (passing: WalkState, how: Omit<BranchStep, 'kind' | 'rule' | 'taken'>): Course => ({
        kind: 'go',
        place: { ...here, at: at + 1 },
        state: passing,
        steps: [...steps, { kind: 'branch', rule: rule.ref, taken: false, ...how }],
      });
      const take = (taking: WalkState, how?: Omit<BranchStep, 'kind' | 'rule' | 'taken'>) => {
        const branch: Step[] = how === undefined ? [] : [{ kind: 'branch', rule: rule.ref, taken: true, ...how }];
        return this.#take(rule, here, frame, taking, [...steps, ...branch, { kind: 'match', rule: rule.ref }]);
      };
      switch (fit.kind) {
        case 'yes': {
          const { courses, fact } = take(fit.state);
          return openParting(courses, fact);
        }
        case 'chance': {
          const { courses, fact } = take(fit.state, { share: fit.share });
          const passed = pass(fit.state, { share: complement(fit.share) });
          const [taken] = courses;
          if (taken !== undefined && fact === undefined) return { kind: 'chance', share: fit.share, taken, passed };
          return openParting([...courses, passed], fact ?? 'chance');
        }
        case 'client': {
          const [seen, fresh] = [{ client: 'seen before' as const }, { client: 'new client' as const }];
          const { courses, fact } = fit.takesSeen ? take(fit.seen, seen) : take(fit.fresh, fresh);
          const passed = fit.takesSeen ? pass(fit.fresh, fresh) : pass(fit.seen, seen);
          const [taken] = courses;
          if (taken === undefined || fact !== undefined) return openParting([...courses, passed], fact ?? 'the client');
          return fit.takesSeen
            ? { kind: 'client', seen: taken, fresh: passed }
            : { kind: 'client', seen: passed, fresh: taken };
        }
        case 'unknown': {
          const { courses } = take(fit.state, { fact: fit.fact });
          return openParting([...courses, pass(fit.state, { fact: fit.fact })], fit.fact);
        }
        default:
          return fit satisfies never;
      }
    }
    return one(this.#fallThrough(place, frame, state, skipped(rules, place.at, rules.length), undefined));
  }

  #take(
    rule: Rule,
    place: Place,
    frame: Frame,
    state: WalkState,
    steps: readonly Step[],
  ): { readonly courses: readonly Course[]; readonly fact: string | undefined } {
    const { effects, fact } = effectsOf(rule, state, place.hook, this.#setting.facts);
    const known: readonly Step[] = fact === undefined ? steps : [...steps, { kind: 'unknown', rule: rule.ref, fact }];
    return { courses: effects.map((effect) => this.#course(effect, rule, place, frame, known)), fact };
  }

  #course(effect: Effect, rule: Rule, place: Place, frame: Frame, before: readonly Step[]): Course {
    const { ref } = rule;
    const { hook } = place;
    const { state } = effect;
    switch (effect.kind) {
      case 'next':
        return { kind: 'go', place: { ...place, at: place.at + 1 }, state, steps: [...before, ...effect.steps] };
      case 'accept': {
        const verdict: Step = { kind: 'verdict', verdict: 'ACCEPT', chain: ref.chain, rule: ref };
        return { kind: 'go', place: leftTable(place), state, steps: [...before, ...effect.steps, verdict] };
      }
      case 'return':
        return this.#fallThrough(place, frame, state, before, ref);
      case 'jump':
      case 'goto': {
        const entered = this.#frames.enter(frame, place.at + 1, effect.chain, effect.kind);
        if (typeof entered === 'string') {
          return { kind: 'end', hook, fate: 'undetermined', reason: entered, rule: ref, state, steps: before };
        }
        const step: Step = { kind: 'enter', rule: ref, chain: effect.chain, goto: effect.kind === 'goto' };
        return { kind: 'go', place: { ...place, frame: entered, at: 0 }, state, steps: [...before, step] };
      }
      case 'end': {
        const { fate, reason } = effect;
        const verdict: Step[] =
          fate === 'undetermined' ? [] : [{ kind: 'verdict', verdict: reason, chain: ref.chain, rule: ref }];
        return { kind: 'end', hook, fate, reason, rule: ref, state, steps: [...before, ...verdict] };
      }
      default:
        return effect satisfies never;
    }
  }

  /** Behind the last rule, or at a RETURN (`rule`): back to the calling chain, or to the policy. */
  #fallThrough(
    place: Place,
    frame: Frame,
    state: WalkState,
    steps: readonly Step[],
    rule: RuleRef | undefined,
  ): Course {
    if (frame.caller !== undefined) {
      const leave: Step = { kind: 'leave', chain: frame.chain.name, rule };
      const back = { ...place, frame: frame.caller.frame, at: frame.caller.at };
      return { kind: 'go', place: back, state, steps: [...steps, leave] };
    }
    const { name, policy } = frame.base;
    const verdict = policy ?? 'ACCEPT';
    const done: readonly Step[] = [...steps, { kind: 'verdict', verdict, chain: name, rule: undefined }];
    if (verdict === 'ACCEPT') return { kind: 'go', place: leftTable(place), state, steps: done };
    const reason = `policy ${verdict} of ${name}`;
    const fate = verdict === 'DROP' ? 'dropped' : 'undetermined';
    return { kind: 'end', hook: place.hook, fate, reason, rule: undefined, state, steps: done };
  }
}

type BranchStep = Extract<Step, { kind: 'branch' }>;

function startOf(hook: Hook): Place {
  return { hook, station: 0, frame: undefined, at: 0 };
}

function nextStation({ hook, station }: Place): Place {
  return { ...startOf(hook), station: station + 1 };
}

/** Behind the last rule of a table: out of its chains, with the station yet to leave. */
function leftTable({ hook, station }: Place): Place {
  return { hook, station, frame: undefined, at: 1 };
}

function isAsked(hook: Hook, { tracking, packet, asked }: WalkState): boolean {
  return tracking === 'tracked' && packet.state === 'NEW' && !asked[rewrittenAt(hook)];
}

function markAndDestination({ packet }: WalkState): NonNullable<WalkState['before']> {
  return { mark: packet.mark, destination: packet.destination };
}

function isReroutedBehind(hook: Hook, table: Station['table'], { before, packet }: WalkState): boolean {
  if (hook !== 'OUTPUT' || before === undefined || (table !== 'mangle' && table !== 'nat')) return false;
  return before.destination !== packet.destination || (table === 'mangle' && before.mark !== packet.mark);
}

function go(place: Place, state: WalkState, steps: readonly Step[]): Parting {
  return one({ kind: 'go', place, state, steps });
}

function one(course: Course): Parting {
  return { kind: 'one', course };
}

function openParting(courses: readonly Course[], fact: string | undefined): Parting {
  const [only, ...others] = courses;
  if (only !== undefined && others.length === 0) return one(only);
  return { kind: 'unknown', fact: fact ?? '', courses };
}

function tooLong({ hook }: Place, state: WalkState): Parting {
  const reason = 'the walk is longer than this program follows';
  return one({ kind: 'end', hook, fate: 'undetermined', reason, rule: undefined, state, steps: [] });
}

function endOfCourse(course: Extract<Course, { kind: 'end' }>, way: Way | undefined): WalkNode['next'] {
  const { hook, fate, reason, rule, state, steps } = course;
  return { kind: 'end', end: { hook, fate, reason, rule, state, way: extend(way, steps) } };
}

function extend(way: Way | undefined, steps: readonly Step[]): Way | undefined {
  let extended = way;
  for (const step of steps) extended = { step, before: extended };
  return extended;
}

function skipped(rules: readonly Rule[], from: number, to: number): readonly Step[] {
  const [first] = rules.slice(from, from + 1);
  return first === undefined || to <= from ? [] : [{ kind: 'skip', rule: first.ref, count: to - from }];
}

function keyOf({ hook, station, frame, at }: Place, state: WalkState): string {
  return `${hook} ${station} ${frame?.id ?? ''} ${at} ${stateKey(state)}`;
}
