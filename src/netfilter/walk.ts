// The walk of one packet through the hooks: an agenda instead of recursion, since a text may claim ten thousand chains
// that lead to each other, and one node for each place and state, so that ways that meet go on as one.
import { onward } from './between-hooks.ts';
import { complement } from './fraction.ts';
import { type Hook, type Station, stationsAt } from './hooks.ts';
import type { Step, Way } from './step.ts';
import type { WalkContext, WalkSetting } from './walk-context.ts';
import { type Course, one, openParting, type Parting, type Place, startOf } from './walk-course.ts';
import { Frames } from './walk-frames.ts';
import type { WalkNode } from './walk-graph.ts';
import { askRules } from './walk-rules.ts';
import { stateKey, type WalkState } from './walk-state.ts';
import { askStation, leaveTable } from './walk-stations.ts';

/** Rules asked in one walk, and nodes: what is beyond is undetermined. */
const longestWalk = 1_000_000;
const mostNodes = 100_000;

/** Walks from the hook on. Ends on any rulesets. */
export function walk(setting: WalkSetting, hook: Hook, state: WalkState, way: Way | undefined): WalkNode {
  return new Walk(setting).run(hook, state, way);
}

class Walk {
  readonly #context: WalkContext;
  readonly #nodes = new Map<string, WalkNode>();
  readonly #stations = new Map<Hook, readonly Station[]>();
  readonly #agenda: { node: WalkNode; place: Place; state: WalkState; way: Way | undefined }[] = [];
  #parted = false;

  constructor(setting: WalkSetting) {
    this.#context = { ...setting, frames: new Frames(setting.rulesets), asked: 0 };
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
    return this.#context.asked > longestWalk || this.#nodes.size > mostNodes;
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
    if (place.frame !== undefined) return askRules(this.#context, place, place.frame, state);
    return place.at === 0
      ? askStation(this.#context, place, station, state)
      : leaveTable(this.#context, place, station, state, []);
  }

  #stationsAt(hook: Hook): readonly Station[] {
    const known = this.#stations.get(hook);
    if (known !== undefined) return known;
    const stations = stationsAt(hook, this.#context.rulesets);
    this.#stations.set(hook, stations);
    return stations;
  }

  #leaveHook(hook: Hook, state: WalkState): Parting {
    const { ways, fact } = onward(hook, state, this.#context.facts);
    const courses = ways.map(
      (each): Course =>
        each.kind === 'hook'
          ? { kind: 'go', place: startOf(each.hook), state: each.state, steps: each.steps }
          : { ...each, hook, rule: undefined },
    );
    return openParting(courses, fact);
  }
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

function keyOf({ hook, station, frame, at }: Place, state: WalkState): string {
  return `${hook} ${station} ${frame?.id ?? ''} ${at} ${stateKey(state)}`;
}
