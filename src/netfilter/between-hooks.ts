// From one hook to the next: the routing decision behind PREROUTING, the loopback device behind POSTROUTING, and the
// interfaces that the rules of each hook see.
import { deliver } from './delivery.ts';
import type { Hook } from './hooks.ts';
import type { NodeFacts } from './node-facts.ts';
import { withFields } from './packet.ts';
import type { Step } from './step.ts';
import type { Fate } from './target-effect.ts';
import type { WalkState } from './walk-state.ts';

export type Onward =
  | { readonly kind: 'hook'; readonly hook: Hook; readonly state: WalkState; readonly steps: readonly Step[] }
  | {
      readonly kind: 'end';
      readonly fate: Fate;
      readonly reason: string | undefined;
      readonly state: WalkState;
      readonly steps: readonly Step[];
    };

/** Where a packet goes that no rule of the hook has stopped: one way, or all that a missing fact leaves open. */
export function onward(
  hook: Hook,
  state: WalkState,
  facts: NodeFacts,
): { readonly ways: readonly Onward[]; readonly fact: string | undefined } {
  switch (hook) {
    case 'PREROUTING':
      return state.looped ? one(toInput(state, [])) : routed(state, facts);
    case 'FORWARD':
      return one({ kind: 'hook', hook: 'POSTROUTING', state, steps: [] });
    case 'OUTPUT': {
      // The rules of OUTPUT see the interface that was chosen before them, those of POSTROUTING the last one.
      const packet = withFields(state.packet, { outInterface: state.out?.interface });
      return one({ kind: 'hook', hook: 'POSTROUTING', state: { ...state, packet }, steps: [] });
    }
    case 'INPUT':
      return one({ kind: 'end', fate: 'accepted', reason: undefined, state, steps: [] });
    case 'POSTROUTING':
      return left(state);
    default:
      return hook satisfies never;
  }
}

function one(way: Onward): { readonly ways: readonly Onward[]; readonly fact: undefined } {
  return { ways: [way], fact: undefined };
}

const routing = { kind: 'routing', interface: undefined, gateway: undefined, reason: undefined } as const;

function routed(state: WalkState, facts: NodeFacts) {
  const delivery = deliver(facts, state.packet);
  switch (delivery.kind) {
    case 'local':
      return one(toInput(state, [{ ...routing, decision: 'local' }]));
    case 'out':
      return one(toForward(state, delivery.interface, delivery.gateway));
    case 'dropped':
      return one(nowhere(state, delivery.reason));
    case 'unknown': {
      const step: Step = { ...routing, decision: 'unknown', reason: delivery.fact };
      const dropped = { ...nowhere(state, delivery.fact), steps: [step] };
      const { fact, otherwise } = delivery;
      if (otherwise?.kind === 'local')
        return { ways: [toInput(state, [{ ...step, decision: 'local' }]), dropped], fact };
      if (otherwise?.kind === 'out') {
        return { ways: [toForward(state, otherwise.interface, otherwise.gateway), dropped], fact };
      }
      return { ways: [toInput(state, [step]), toForward(state, undefined, undefined, fact), dropped], fact };
    }
    default:
      return delivery satisfies never;
  }
}

function nowhere(state: WalkState, reason: string): Onward {
  const steps: readonly Step[] = [{ ...routing, decision: 'dropped', reason }];
  return { kind: 'end', fate: 'dropped', reason, state, steps };
}

function toInput(state: WalkState, steps: readonly Step[]): Onward {
  return { kind: 'hook', hook: 'INPUT', state: { ...state, packet: { ...state.packet, outInterface: null } }, steps };
}

function toForward(state: WalkState, name: string | undefined, gateway: string | undefined, fact?: string): Onward {
  const step: Step = {
    ...routing,
    decision: fact === undefined ? 'out' : 'unknown',
    interface: name,
    gateway,
    reason: fact,
  };
  const packet = withFields(state.packet, { outInterface: name });
  return {
    kind: 'hook',
    hook: 'FORWARD',
    state: { ...state, packet, out: { local: false, interface: name, gateway, fact } },
    steps: [step],
  };
}

/** What leaves for the node itself comes in again by the loopback device, its connection and mark with it. */
function left(state: WalkState): { readonly ways: readonly Onward[]; readonly fact: string | undefined } {
  const gone: Onward = { kind: 'end', fate: 'accepted', reason: undefined, state, steps: [] };
  const local = state.out?.local;
  if (local === false) return one(gone);
  const status = state.packet.status && [...state.packet.status, 'CONFIRMED' as const];
  const packet = withFields(
    { ...state.packet, inInterface: 'lo', outInterface: null, owner: null },
    { status: state.tracking === 'tracked' ? status : state.packet.status },
  );
  const back: Onward = { kind: 'hook', hook: 'PREROUTING', state: { ...state, packet, looped: true }, steps: [] };
  if (local === true) return one(back);
  return { ways: [gone, back], fact: state.out?.fact ?? "the node's addresses" };
}
