// Where a packet that the node itself sends leaves: asked before OUTPUT, and again where a rule there has changed what
// decides it (ip_route_me_harder, net/ipv4/netfilter.c; ipt_mangle_out; nf_nat_ipv4_local_fn).
import { contains } from '../address.ts';
import { deliveryOf } from './delivery.ts';
import { interfaceSetting, type NodeFacts } from './node-facts.ts';
import { lookUp } from './routes.ts';
import type { Step } from './step.ts';
import type { WalkState } from './walk-state.ts';

export type WayOut =
  | {
      readonly kind: 'out';
      readonly state: WalkState;
      readonly steps: readonly Step[];
      readonly source: string | undefined;
    }
  | { readonly kind: 'dropped'; readonly reason: string; readonly steps: readonly Step[] };

export function wayOut(state: WalkState, facts: NodeFacts): WayOut {
  const { family, destination, source, mark } = state.packet;
  const answer = lookUp(facts, { family, destination, source, mark, inInterface: null });
  if (answer.kind === 'route' && answer.type === 'broadcast') {
    return out(state, false, answer.route?.interface, undefined, undefined);
  }
  const delivery = deliveryOf(answer, state.packet);
  switch (delivery.kind) {
    case 'local':
      return out(state, true, 'lo', undefined, answer.kind === 'route' ? answer.route?.source : undefined);
    case 'out': {
      const stopped = loopbackStays(state, delivery.interface, facts);
      if (stopped !== undefined) return stopped;
      return out(
        state,
        false,
        delivery.interface,
        delivery.gateway,
        answer.kind === 'route' ? answer.route?.source : undefined,
      );
    }
    case 'dropped':
      return { ...delivery, steps: [{ ...routing, decision: 'dropped', reason: delivery.reason }] };
    default:
      return unclear(state, delivery.fact);
  }
}

/** What the node sends from a loopback address does not leave, unless it was told otherwise (__mkroute_output). */
function loopbackStays(state: WalkState, name: string | undefined, facts: NodeFacts): WayOut | undefined {
  const { family, source } = state.packet;
  if (family !== 'IPv4' || source === undefined || !contains('127.0.0.0/8', source)) return undefined;
  const allowed = name === undefined ? undefined : interfaceSetting(facts, name, 'route_localnet');
  if (allowed === undefined) return unclear(state, `net.ipv4.conf.${name ?? 'all'}.route_localnet`);
  if (allowed !== 0) return undefined;
  const reason = `${source} does not leave by ${name}: route_localnet is 0`;
  return { kind: 'dropped', reason, steps: [{ ...routing, decision: 'dropped', reason }] };
}

function unclear(state: WalkState, fact: string): WayOut {
  return {
    kind: 'out',
    source: undefined,
    steps: [{ ...routing, decision: 'unknown', reason: fact }],
    state: { ...state, out: { local: undefined, interface: undefined, gateway: undefined, fact } },
  };
}

const routing = { kind: 'routing', interface: undefined, gateway: undefined, reason: undefined } as const;

function out(
  state: WalkState,
  local: boolean,
  name: string | undefined,
  gateway: string | undefined,
  source: string | undefined,
): WayOut {
  const step: Step = { ...routing, decision: local ? 'local' : 'out', interface: name, gateway };
  return {
    kind: 'out',
    steps: [step],
    source,
    state: { ...state, out: { local, interface: name, gateway, fact: undefined } },
  };
}
