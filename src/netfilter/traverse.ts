// The walk of one packet through one chain and the chains it leads to: every rule in order, jumps and gotos followed,
// a random rule splitting the walk by its exact weight. What the packet leaves open is never guessed: a rule that may or
// may not divert the packet ends that part of the walk as `undecided`.

import type { Tri } from './extensions/extension.ts';
import { flowOf } from './extensions/index.ts';
import { statisticShare } from './extensions/statistic.ts';
import { complement, type Fraction, isZero, one, plus, times } from './fraction.ts';
import { matches } from './matches.ts';
import type { Packet } from './packet.ts';
import type { Chain, Rule, Table } from './ruleset.ts';

/** Where a part of the walk ended. The weights of all ends add up to exactly 1. */
export interface End {
  readonly weight: Fraction;
  /**
   * `target`: a rule's target took the packet; `stopped`: its jump leads to a chain the walk was told not to enter;
   * `fell-through`: no rule did; `undecided`: it depends on what is not known.
   */
  readonly kind: 'target' | 'stopped' | 'fell-through' | 'undecided';
  /** The rule that took the packet, or on which the outcome depends. */
  readonly rule: Rule | undefined;
  /** Rules that led there, the chain's own first. Rules that were passed by are not in it. */
  readonly path: readonly Rule[];
  /** Rules met on the way that change the packet and let it go on. `certain` is false where they may not have matched. */
  readonly effects: readonly Effect[];
}

export interface Effect {
  readonly rule: Rule;
  readonly certain: boolean;
}

/** Longest walk in rules: a loop is refused by the kernel, but a text may claim anything. */
const longestWalk = 100_000;
const deepestJump = 64;

/** Walks `chain` of `table`. Jumps to chains that `stopAt` names end the walk there: the caller knows what they hold. */
export function traverse(
  table: Table,
  chain: Chain,
  packet: Packet,
  stopAt: (chain: string) => boolean = () => false,
): readonly End[] {
  return new Walk(table, packet, stopAt).run(chain);
}

interface State {
  readonly weight: Fraction;
  readonly path: readonly Rule[];
  readonly effects: readonly Effect[];
}

class Walk {
  readonly #table: Table;
  readonly #packet: Packet;
  readonly #stopAt: (chain: string) => boolean;
  #steps = 0;

  constructor(table: Table, packet: Packet, stopAt: (chain: string) => boolean) {
    this.#table = table;
    this.#packet = packet;
    this.#stopAt = stopAt;
  }

  run(chain: Chain): readonly End[] {
    return this.#chain(chain, { weight: one, path: [], effects: [] }, 0);
  }

  #chain(chain: Chain, entry: State, depth: number): End[] {
    const ends: End[] = [];
    let state = entry;
    for (const rule of chain.rules()) {
      if (++this.#steps > longestWalk || depth > deepestJump) {
        ends.push({ ...state, kind: 'undecided', rule });
        return ends;
      }
      const share = this.#share(rule);
      if (share === undefined) continue;
      if (share === 'open') {
        const passed = this.#maybe(rule, state, depth);
        if (passed === undefined) {
          ends.push({ ...state, kind: 'undecided', rule });
          return ends;
        }
        state = passed;
        continue;
      }
      if (isZero(share)) continue;
      const outcome = this.#take(rule, { ...state, weight: times(state.weight, share) }, depth);
      ends.push(...outcome.ends);
      const rest = complement(share);
      const passedBy = isZero(rest) ? undefined : { ...state, weight: times(state.weight, rest) };
      const next = this.#join(passedBy, outcome.goesOn);
      if (next === undefined) return ends;
      state = next;
    }
    ends.push({ ...state, kind: 'fell-through', rule: undefined });
    return ends;
  }

  /** The share of packets like this one that the rule takes; `undefined` for none, `open` where that is not known. */
  #share(rule: Rule): Fraction | 'open' | undefined {
    let share: Fraction = one;
    let truth: Tri = true;
    for (const match of rule.matches) {
      if (match.kind === 'statistic') {
        const part = statisticShare(match.options);
        if (part === undefined) truth = undefined;
        else share = times(share, part);
        continue;
      }
      const fits = matches(match, this.#packet);
      if (fits === false) return undefined;
      if (fits === undefined) truth = undefined;
    }
    return truth === undefined ? 'open' : share;
  }

  /** A rule that may match changes nothing for the walk if even taking it would let the packet go on unharmed. */
  #maybe(rule: Rule, state: State, depth: number): State | undefined {
    const { ends, goesOn } = this.#take(rule, { ...state, effects: [] }, depth);
    if (ends.length > 0) return undefined;
    const effects = goesOn.flatMap((taken) => taken.effects).map((effect) => ({ ...effect, certain: false }));
    return { ...state, effects: [...state.effects, ...effects] };
  }

  #take(rule: Rule, state: State, depth: number): { ends: End[]; goesOn: State[] } {
    const { target } = rule;
    const path = [...state.path, rule];
    switch (target.kind) {
      case 'none':
        return { ends: [], goesOn: [state] };
      case 'verdict':
        return { ends: [{ ...state, path, kind: 'target', rule }], goesOn: [] };
      case 'return':
        return { ends: [{ ...state, path, kind: 'fell-through', rule }], goesOn: [] };
      case 'unknown':
        return { ends: [{ ...state, path, kind: 'undecided', rule }], goesOn: [] };
      case 'jump':
      case 'goto': {
        if (this.#stopAt(target.chain)) return { ends: [{ ...state, path, kind: 'stopped', rule }], goesOn: [] };
        const chain = this.#table.chain(target.chain);
        if (chain === undefined) return { ends: [{ ...state, path, kind: 'undecided', rule }], goesOn: [] };
        const ends = this.#chain(chain, { ...state, path }, depth + 1);
        if (target.kind === 'goto') return { ends, goesOn: [] };
        const back = ends.filter(({ kind }) => kind === 'fell-through');
        return {
          ends: ends.filter(({ kind }) => kind !== 'fell-through'),
          goesOn: back.map(({ weight, effects }) => ({ weight, effects, path: state.path })),
        };
      }
      default:
        if (flowOf(target) === 'continues') {
          return { ends: [], goesOn: [{ ...state, effects: [...state.effects, { rule, certain: true }] }] };
        }
        return { ends: [{ ...state, path, kind: 'target', rule }], goesOn: [] };
    }
  }

  /** Parts of the walk that come to the same next rule go on as one. Their effects are then not certain any more. */
  #join(passedBy: State | undefined, goesOn: readonly State[]): State | undefined {
    const parts = passedBy === undefined ? [...goesOn] : [passedBy, ...goesOn];
    const [first, ...others] = parts;
    if (first === undefined) return undefined;
    if (others.length === 0) return first;
    const weight = parts.map((part) => part.weight).reduce(plus);
    const effects = new Map<Rule, Effect>();
    for (const part of parts) {
      for (const effect of part.effects) {
        const everywhere = parts.every((other) =>
          other.effects.some(({ rule, certain }) => rule === effect.rule && certain),
        );
        effects.set(effect.rule, { rule: effect.rule, certain: everywhere });
      }
    }
    return { weight, path: first.path, effects: [...effects.values()] };
  }
}
