// Of each service port only the ways in that were asked for.
import type { PortState } from '../port-state.ts';
import type { WayIn } from '../way-in.ts';

/** Keeps of each state only the ways in that pass. */
export function narrowed(
  states: readonly PortState[],
  pass: (way: WayIn, protocol: PortState['name']['protocol']) => boolean,
): readonly PortState[] {
  return states.flatMap((state) => {
    const { protocol } = state.name;
    const frontends = state.frontends.filter((frontend) => pass(frontend, protocol));
    const missingWays = state.missingWays.filter((way) => pass(way, protocol));
    if (frontends.length === 0 && missingWays.length === 0) return [];
    return [
      { ...state, frontends, missingWays, leftovers: state.leftovers.filter((each) => frontends.includes(each)) },
    ];
  });
}

/** What was not asked for fits whatever it is. */
export function fits<T>(wanted: T | undefined, is: T): boolean {
  return wanted === undefined || wanted === is;
}
