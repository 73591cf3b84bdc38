// The way of a connection's first packet through everything on the node, and of a reply to it: the hooks and tables in
// the kernel's order, routing between them, and every end it can come to.
import type { Address } from '../address.ts';
import type { Fraction } from './fraction.ts';
import type { Hook } from './hooks.ts';
import type { NodeFacts } from './node-facts.ts';
import { type ConntrackState, type Packet, withFields } from './packet.ts';
import type { RuleRef, Ruleset } from './ruleset.ts';
import { sourceFor } from './source-address.ts';
import { type Step, stepsOf, type Way } from './step.ts';
import type { Fate } from './target-effect.ts';
import { walk } from './walk.ts';
import type { WalkEnd, WalkNode } from './walk-graph.ts';
import type { ReplyRewrite, WalkState } from './walk-state.ts';
import { wayOut } from './way-out.ts';
import { type Share, weigh } from './weigh.ts';

export interface Trace {
  readonly packet: Packet;
  /** The probabilities that are there add up to exactly 1. */
  readonly outcomes: readonly Outcome[];
}

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
  readonly steps: readonly Step[];
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

/**
 * Follows the packet: `inInterface: null` for one that the node itself sends, a name for one that comes in by it.
 * `rulesets` may be of both families and, of one family, of both backends in the order the kernel asks them. The packet
 * is a connection's first unless its `state` says otherwise. Always ends; never throws.
 */
export function trace(rulesets: readonly Ruleset[], packet: Packet, facts: NodeFacts): Trace {
  return follow(rulesets, startOf(packet), facts, packet.state);
}

/**
 * Follows the answer to a packet that was accepted: from the node itself, or in by the interface the packet left by.
 * `undefined` for an ending that has no answer. `known` is what else is known of the answer: its marks, its MAC address.
 */
export function traceReply(
  rulesets: readonly Ruleset[],
  { fate, end }: Ending,
  facts: NodeFacts,
  known: Partial<Packet> = {},
): Trace | undefined {
  const { packet, out } = end.state;
  if (fate !== 'accepted') return undefined;
  const local = end.hook === 'INPUT';
  if (!local && out?.interface === undefined) return undefined;
  const reply = { ...answerTo(packet, local ? null : (out?.interface ?? null)), ...known };
  return follow(rulesets, { ...startOf(reply), reply: rewriteOf(packet) }, facts, reply.state);
}

function follow(
  rulesets: readonly Ruleset[],
  start: WalkState,
  facts: NodeFacts,
  state: ConntrackState | undefined,
): Trace {
  const { packet } = start;
  const setting = {
    rulesets: rulesets.filter(({ family }) => family === packet.family),
    facts,
    conntrack: state ?? ('NEW' as const),
  };
  const begun = begin(start, facts);
  const node = begun.kind === 'end' ? begun.node : walk(setting, begun.hook, begun.state, begun.way);
  const { fresh, seen } = weigh(node, sameness);
  const outcomes = [
    ...fresh.map((share) => outcomeOf(share, share.share)),
    ...seen.map((share) => outcomeOf(share, undefined)),
  ];
  return { packet, outcomes };
}

function outcomeOf({ ends, facts }: Omit<Share, 'share'>, probability: Fraction | undefined): Outcome {
  const endings = ends.map(endingOf);
  return { ...common(endings), probability, open: ends.length === 1 ? undefined : { facts, endings } };
}

type Begun =
  | {
      readonly kind: 'walk';
      readonly hook: 'PREROUTING' | 'OUTPUT';
      readonly state: WalkState;
      readonly way: Way | undefined;
    }
  | { readonly kind: 'end'; readonly node: WalkNode };

/** What the node sends is routed first; what comes in, behind PREROUTING. */
function begin(state: WalkState, facts: NodeFacts): Begun {
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

function startOf(packet: Packet): WalkState {
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

/** Echo replies by the type of their requests, ICMP and ICMPv6. */
const echoReplies = new Map([
  [8, 0],
  [128, 129],
]);

function answerTo(packet: Packet, inInterface: string | null): Packet {
  const { family, protocol, source, destination, sourcePort, destinationPort, original, reply, connectionMark } =
    packet;
  const tracked = packet.state === 'NEW' || packet.state === 'ESTABLISHED';
  // To tracking that has not seen the first packet, an answer is the first, or what cannot begin a connection.
  const cannotBegin = protocol === undefined || ['tcp', 'sctp', 'icmp', 'ipv6-icmp'].includes(protocol);
  const state = tracked ? 'ESTABLISHED' : cannotBegin ? 'INVALID' : 'NEW';
  const tcpFlags = packet.tcpFlags && ['SYN', 'ACK'];
  const echo = packet.icmp && echoReplies.get(packet.icmp.type);
  return withFields(
    { family, inInterface, mark: 0, fragment: false, direction: 'REPLY', state },
    {
      protocol,
      source: destination,
      destination: source,
      sourcePort: destinationPort,
      destinationPort: sourcePort,
      original: tracked ? original : undefined,
      reply: tracked ? reply : undefined,
      connectionMark: tracked ? connectionMark : undefined,
      translated: tracked ? packet.translated : undefined,
      tcpFlags,
      icmp: echo === undefined ? undefined : { type: echo, code: 0 },
      status: tracked ? ['SEEN_REPLY', 'CONFIRMED'] : undefined,
    },
  );
}

/** The answer comes from whom the packet was sent to in the end, and must seem to come from whom it was sent to first. */
function rewriteOf({ original, translated, state }: Packet): ReplyRewrite {
  if (state !== 'NEW' || original === undefined) return { destination: undefined, source: undefined };
  const { source, sourcePort, destination, destinationPort } = original;
  return {
    destination: translated?.source === false ? undefined : { address: source, port: sourcePort },
    source: translated?.destination === false ? undefined : { address: destination, port: destinationPort },
  };
}

function endingOf(end: WalkEnd): Ending {
  const { fate, hook, state, rule, reason, way } = end;
  const { source, sourcePort, destination, destinationPort, mark } = state.packet;
  const delivered = fate !== 'accepted' ? undefined : hook === 'INPUT' ? 'local' : 'out';
  return {
    fate,
    source,
    sourcePort,
    destination,
    destinationPort,
    mark,
    delivered,
    interface: delivered === 'out' ? state.out?.interface : undefined,
    rule,
    reason,
    get steps() {
      return stepsOf(way);
    },
    end,
  };
}

/** What all endings agree on; the way is that of the first. */
function common(endings: readonly Ending[]): Ending {
  const [first, ...others] = endings;
  if (first === undefined) throw new TypeError('a share without an end');
  if (others.length === 0) return first;
  const agreed = <K extends keyof Ending>(key: K): Ending[K] | undefined =>
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
    get steps() {
      return first.steps;
    },
    end: first.end,
  };
}

/** Ends are one where the packet is the same to whoever gets it, or is stopped the same way. Its mark dies with it. */
function sameness({ fate, hook, state, reason }: WalkEnd): string {
  const { source, sourcePort, destination, destinationPort } = state.packet;
  const where =
    fate === 'accepted'
      ? [hook === 'INPUT', hook === 'INPUT' ? '' : (state.out?.interface ?? null)]
      : fate === 'undetermined'
        ? [reason]
        : [];
  return JSON.stringify([fate, source, sourcePort, destination, destinationPort, ...where]);
}
