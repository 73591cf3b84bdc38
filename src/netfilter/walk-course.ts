// Where a walk stands, and the ways on from there.
import type { Fraction } from './fraction.ts';
import type { Hook } from './hooks.ts';
import type { RuleRef } from './ruleset.ts';
import type { Step } from './step.ts';
import type { Fate } from './target-effect.ts';
import type { Frame } from './walk-frames.ts';
import type { WalkState } from './walk-state.ts';

/** `station` counts the hook's stations, `at` the rules of the frame's chain. */
export interface Place {
  readonly hook: Hook;
  readonly station: number;
  readonly frame: Frame | undefined;
  readonly at: number;
}

/** One way on from a place. */
export type Course =
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

export type Parting =
  | { readonly kind: 'one'; readonly course: Course }
  | { readonly kind: 'chance'; readonly share: Fraction; readonly taken: Course; readonly passed: Course }
  | { readonly kind: 'client'; readonly fresh: Course; readonly seen: Course }
  | { readonly kind: 'unknown'; readonly fact: string; readonly courses: readonly Course[] };

export function startOf(hook: Hook): Place {
  return { hook, station: 0, frame: undefined, at: 0 };
}

export function nextStation({ hook, station }: Place): Place {
  return { ...startOf(hook), station: station + 1 };
}

/** Behind the last rule of a table: out of its chains, with the station yet to leave. */
export function leftTable({ hook, station }: Place): Place {
  return { hook, station, frame: undefined, at: 1 };
}

export function one(course: Course): Parting {
  return { kind: 'one', course };
}

export function go(place: Place, state: WalkState, steps: readonly Step[]): Parting {
  return one({ kind: 'go', place, state, steps });
}

export function openParting(courses: readonly Course[], fact: string | undefined): Parting {
  const [only, ...others] = courses;
  if (only !== undefined && others.length === 0) return one(only);
  return { kind: 'unknown', fact: fact ?? '', courses };
}
