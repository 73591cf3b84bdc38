// A packet in a chain: rule by rule to the first that it fits, or may fit, and what that rule does with it.
import { complement } from './fraction.ts';
import { fits } from './rule-fit.ts';
import type { Rule, RuleRef } from './ruleset.ts';
import type { Step } from './step.ts';
import { type Effect, effectsOf } from './target-effect.ts';
import type { WalkContext } from './walk-context.ts';
import { type Course, leftTable, one, openParting, type Parting, type Place } from './walk-course.ts';
import type { Frame } from './walk-frames.ts';
import type { WalkState } from './walk-state.ts';

export function askRules(context: WalkContext, place: Place, frame: Frame, entry: WalkState): Parting {
  const { rules } = frame.chain;
  let state = entry;
  for (let at = place.at; at < rules.length; at++) {
    const rule = rules[at];
    if (rule === undefined) break;
    context.asked++;
    const fit = fits(rule.matches, state, context.facts);
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
      return coursesOf(context, rule, here, frame, taking, [...steps, ...branch, { kind: 'match', rule: rule.ref }]);
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
  return one(fallThrough(place, frame, state, skipped(rules, place.at, rules.length), undefined));
}

function coursesOf(
  context: WalkContext,
  rule: Rule,
  place: Place,
  frame: Frame,
  state: WalkState,
  steps: readonly Step[],
): { readonly courses: readonly Course[]; readonly fact: string | undefined } {
  const { effects, fact } = effectsOf(rule, state, place.hook, context.facts);
  const known: readonly Step[] = fact === undefined ? steps : [...steps, { kind: 'unknown', rule: rule.ref, fact }];
  return { courses: effects.map((effect) => course(context, effect, rule, place, frame, known)), fact };
}

function course(
  context: WalkContext,
  effect: Effect,
  rule: Rule,
  place: Place,
  frame: Frame,
  before: readonly Step[],
): Course {
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
      return fallThrough(place, frame, state, before, ref);
    case 'jump':
    case 'goto': {
      const entered = context.frames.enter(frame, place.at + 1, effect.chain, effect.kind);
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
function fallThrough(
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

type BranchStep = Extract<Step, { kind: 'branch' }>;

function skipped(rules: readonly Rule[], from: number, to: number): readonly Step[] {
  const [first] = rules.slice(from, from + 1);
  return first === undefined || to <= from ? [] : [{ kind: 'skip', rule: first.ref, count: to - from }];
}
