// What a packet meets at a hook before and behind the rules: connection tracking, the tables in their order, and the
// way out that is asked for again where a table of OUTPUT has changed what decides it.
import { enterConntrack } from './enter-conntrack.ts';
import { type Hook, rewrittenAt, type Station } from './hooks.ts';
import { moved } from './rewrite.ts';
import type { Step } from './step.ts';
import { endOf } from './translate.ts';
import type { WalkContext } from './walk-context.ts';
import { go, nextStation, one, type Parting, type Place } from './walk-course.ts';
import type { WalkState } from './walk-state.ts';
import { wayOut } from './way-out.ts';

export function askStation(context: WalkContext, place: Place, station: Station, entry: WalkState): Parting {
  const { hook } = place;
  const { table, ruleset } = station;
  const steps: Step[] = place.station === 0 ? [{ kind: 'hook', hook }] : [];
  if (table === 'conntrack') {
    const state = enterConntrack(entry, context.conntrack);
    if (state.packet.state !== undefined) steps.push({ kind: 'conntrack', state: state.packet.state });
    return go(nextStation(place), state, steps);
  }
  const state = hook === 'OUTPUT' ? { ...entry, before: markAndDestination(entry) } : entry;
  if (table === 'nat' && !isAsked(hook, state)) return passNat(context, place, station, state, steps);
  const frame = context.frames.base(ruleset, table, hook);
  if (frame === undefined) return leaveTable(context, place, station, state, steps);
  return go({ ...place, frame, at: 0 }, state, [...steps, { kind: 'table', hook, table, ruleset }]);
}

/** Rules of nat see the first packet of a connection; the others are rewritten as that one was. */
function passNat(
  context: WalkContext,
  place: Place,
  station: Station,
  state: WalkState,
  steps: readonly Step[],
): Parting {
  const end = rewrittenAt(place.hook);
  const follows = state.tracking === 'tracked' && state.packet.state !== 'NEW' && station.first;
  if (!follows) return leaveTable(context, place, station, state, steps);
  if (state.reply === undefined) {
    if (!context.frames.hasTable('nat')) return leaveTable(context, place, station, state, steps);
    const reason = 'how its connection is translated';
    return one({ kind: 'end', hook: place.hook, fate: 'undetermined', reason, rule: undefined, state, steps });
  }
  const to = state.reply[end];
  if (to === undefined) return leaveTable(context, place, station, state, steps);
  const step: Step = { kind: 'rewrite', rule: undefined, end, from: endOf(state, end), to };
  return leaveTable(context, place, station, { ...state, packet: moved(state.packet, end, to) }, [...steps, step]);
}

/** Behind a table: what nat has been asked, and whether the packet is routed again. */
export function leaveTable(
  context: WalkContext,
  place: Place,
  { table, last }: Station,
  entry: WalkState,
  steps: readonly Step[],
): Parting {
  const { hook } = place;
  const first = table === 'nat' && last && entry.tracking === 'tracked' && entry.packet.state === 'NEW';
  const asked = first ? { ...entry.asked, [rewrittenAt(hook)]: true } : entry.asked;
  const state = { ...entry, asked, before: undefined };
  if (!isReroutedBehind(hook, table, entry)) return go(nextStation(place), state, steps);
  const way = wayOut(state, context.facts);
  const done = [...steps, ...way.steps];
  if (way.kind === 'out') return go(nextStation(place), way.state, done);
  return one({ kind: 'end', hook, fate: 'dropped', reason: way.reason, rule: undefined, state, steps: done });
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
