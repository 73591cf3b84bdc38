// The ways of several packets as one tree: what they have in common once, and a fork where they part.
import type { Step } from '../../netfilter/step.ts';
import type { Ending } from '../../netfilter/trace.ts';

/** The ways to these ends. */
export function forkOf(endings: readonly Ending[]): Fork {
  const root: Fork = { steps: [], ways: new Map(), end: undefined };
  for (const ending of endings) grow(root, ending);
  return compact(root);
}

/** Steps in a row, then the ways that part behind them. */
export interface Fork {
  readonly steps: Step[];
  readonly ways: Map<Step, Fork>;
  end: Ending | undefined;
}

/** Ways share the steps they have in common: a step is the same where it is the same object. */
function grow(root: Fork, ending: Ending): void {
  let at = root;
  for (const step of ending.steps()) {
    const next = at.ways.get(step) ?? { steps: [step], ways: new Map(), end: undefined };
    at.ways.set(step, next);
    at = next;
  }
  at.end ??= ending;
}

export function compact(fork: Fork): Fork {
  const steps = [...fork.steps];
  let at = fork;
  while (at.ways.size === 1 && at.end === undefined) {
    const [next] = at.ways.values();
    if (next === undefined) break;
    at = next;
    steps.push(...at.steps);
  }
  return { steps, ways: at.ways, end: at.end };
}

export function endsOf(fork: Fork): number {
  return (fork.end === undefined ? 0 : 1) + [...fork.ways.values()].reduce((sum, way) => sum + endsOf(compact(way)), 0);
}

export function isPassedBy({ steps: [first] }: Fork): boolean {
  return isChoice(first) && !first.taken;
}

/** Of chance, or of whether a client was seen before. */
export function isChoice(step: Step | undefined): step is Extract<Step, { kind: 'branch' }> {
  return step?.kind === 'branch' && step.fact === undefined;
}
