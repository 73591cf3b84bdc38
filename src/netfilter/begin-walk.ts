// Where the walk of a packet begins: at PREROUTING for what comes in, behind a first routing decision at OUTPUT for what
// the node itself sends.
import type { Address } from '../address.ts';
import type { Hook } from './hooks.ts';
import type { NodeFacts } from './node-facts.ts';
import { type Packet, withFields } from './packet.ts';
import { sourceFor } from './source-address.ts';
import type { Way } from './step.ts';
import type { WalkNode } from './walk-graph.ts';
import type { WalkState } from './walk-state.ts';
import { wayOut } from './way-out.ts';

export type Begun =
  | {
      readonly kind: 'walk';
      readonly hook: 'PREROUTING' | 'OUTPUT';
      readonly state: WalkState;
      readonly way: Way | undefined;
    }
  | { readonly kind: 'end'; readonly node: WalkNode };

/** What the node sends is routed first; what comes in, behind PREROUTING. */
export function beginWalk(state: WalkState, facts: NodeFacts): Begun {
  if (state.packet.inInterface !== null) {
    const reason = whyNotReceived(state.packet);
    if (reason === undefined) return { kind: 'walk', hook: 'PREROUTING', state, way: undefined };
    return { kind: 'end', node: droppedAt('PREROUTING', state, reason, undefined) };
  }
  const out = wayOut(state, facts);
  const way = out.steps.reduce<Way | undefined>((before, step) => ({ step, before }), undefined);
  if (out.kind === 'dropped') {
    return { kind: 'end', node: droppedAt('OUTPUT', state, out.reason, way) };
  }
  const { packet } = out.state;
  const source = packet.source ?? out.source ?? ownSource(out.state, facts);
  const seen = withFields(packet, { outInterface: out.state.out?.interface, source });
  return { kind: 'walk', hook: 'OUTPUT', state: { ...out.state, packet: seen }, way };
}

/** Before any hook (ip6_rcv_core, net/ipv6/ip6_input.c). IPv4 asks behind PREROUTING. */
function whyNotReceived({ family, source, destination, inInterface }: Packet): string | undefined {
  const loopback = family === 'IPv6' && inInterface !== undefined && inInterface !== 'lo';
  return loopback && (source === '::1' || destination === '::1') ? `::1 came in by ${inInterface}` : undefined;
}

function droppedAt(hook: Hook, state: WalkState, reason: string, way: Way | undefined): WalkNode {
  return { next: { kind: 'end', end: { fate: 'dropped', hook, state, rule: undefined, reason, way } } };
}

function ownSource({ packet, out }: WalkState, facts: NodeFacts): Address | undefined {
  if (out?.local) return packet.destination;
  const own = sourceFor(facts, packet.family, out?.interface, out?.gateway ?? packet.destination);
  return typeof own === 'string' ? own : undefined;
}

/** A packet that nothing has happened to yet. */
export function startOf(packet: Packet): WalkState {
  return {
    // In raw nothing has a connection yet, and to a match that asks for one the packet is INVALID.
    packet: {
      ...packet,
      state: 'INVALID',
      ...(packet.inInterface === null ? {} : { outInterface: null, owner: null }),
    },
    tracking: 'none',
    asked: { source: false, destination: false },
    looped: false,
    out: undefined,
    recent: new Map(),
    changedSets: [],
    before: undefined,
    reply: undefined,
  };
}
