// Where packets end, as a trace tells it: one end of the walk, or several that a missing fact leaves open.
import type { Address } from '../address.ts';
import type { Fraction } from './fraction.ts';
import { withFields } from './packet.ts';
import type { RuleRef } from './ruleset.ts';
import { type Step, stepsOf } from './step.ts';
import type { Fate } from './target-effect.ts';
import type { WalkEnd } from './walk-graph.ts';
import type { Share } from './weigh.ts';

/** Where a packet ends, and how. */
export interface Ending {
  readonly fate: Fate;
  /** As the packet is at its end. What is not known is absent. */
  readonly source: Address | undefined;
  readonly sourcePort: number | undefined;
  readonly destination: Address | undefined;
  readonly destinationPort: number | undefined;
  readonly mark: number | undefined;
  /** Of an accepted packet: whether it is for the node itself (`local`), or has left by `interface`. */
  readonly delivered: 'local' | 'out' | undefined;
  readonly interface: string | undefined;
  /** The rule that stopped it. */
  readonly rule: RuleRef | undefined;
  /** `DROP`, `policy DROP of FORWARD`, `no route to 10.0.0.1`, what the sender is told, or the missing fact. */
  readonly reason: string | undefined;
  /** What happened on the way, made anew at each call. */
  steps(): readonly Step[];
  readonly end: WalkEnd;
}

export interface Outcome extends Ending {
  /** Share of new connections. Absent for clients that a recent list holds: how many they are, no rule can tell. */
  readonly probability: Fraction | undefined;
  /**
   * Absent where it is decided. Else what would decide it, and the ends it may come to: what they have in common stands
   * in the outcome itself, and its fate is `undetermined` where they differ in it.
   */
  readonly open: { readonly facts: readonly string[]; readonly endings: readonly Ending[] } | undefined;
}

/** Of ends that are open what they agree on; the way is that of the first. `undefined` for none. */
export function outcomeOf(
  { ends, facts }: Omit<Share, 'share'>,
  probability: Fraction | undefined,
): Outcome | undefined {
  const endings = ends.map(endingOf);
  const [first, ...others] = endings;
  if (first === undefined) return undefined;
  const { end } = first;
  const open = others.length === 0 ? undefined : { facts, endings };
  const agreed = common(fieldsOf(end), others);
  return { ...agreed, end, probability, open, steps: () => stepsOf(end.way) };
}

function endingOf(end: WalkEnd): Ending {
  return { ...fieldsOf(end), end, steps: () => stepsOf(end.way) };
}

type Fields = Omit<Ending, 'end' | 'steps'>;

function fieldsOf({ fate, hook, state, rule, reason }: WalkEnd): Fields {
  const { source, sourcePort, destination, destinationPort, mark } = state.packet;
  const delivered = fate !== 'accepted' ? undefined : hook === 'INPUT' ? 'local' : 'out';
  const name = delivered === 'out' ? state.out?.interface : undefined;
  return { fate, source, sourcePort, destination, destinationPort, mark, delivered, interface: name, rule, reason };
}

function common(first: Fields, others: readonly Fields[]): Fields {
  const agreed = <K extends keyof Fields>(key: K): Fields[K] | undefined =>
    others.every((other) => other[key] === first[key]) ? first[key] : undefined;
  return {
    fate: agreed('fate') ?? 'undetermined',
    source: agreed('source'),
    sourcePort: agreed('sourcePort'),
    destination: agreed('destination'),
    destinationPort: agreed('destinationPort'),
    mark: agreed('mark'),
    delivered: agreed('delivered'),
    interface: agreed('interface'),
    rule: agreed('rule'),
    reason: agreed('reason'),
  };
}

/** Ends are one where the packet is the same to whoever gets it, or is stopped the same way. Its mark dies with it. */
export function sameness({ fate, hook, state, reason }: WalkEnd): string {
  const { source, sourcePort, destination, destinationPort } = state.packet;
  const where =
    fate === 'accepted'
      ? [hook === 'INPUT', hook === 'INPUT' ? '' : (state.out?.interface ?? null)]
      : fate === 'undetermined'
        ? [reason]
        : [];
  return JSON.stringify([fate, source, sourcePort, destination, destinationPort, ...where]);
}

/** Of two ends that are one to the reader: their mark is known where both have the same. */
export function joined(one: WalkEnd, other: WalkEnd): WalkEnd {
  if (one.state.packet.mark === other.state.packet.mark) return one;
  return { ...one, state: { ...one.state, packet: withFields(one.state.packet, { mark: undefined }) } };
}
