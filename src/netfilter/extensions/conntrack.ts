// xt_conntrack: what connection tracking knows of the packet's connection. `state` is its predecessor, still written.
import { contains } from '../../address.ts';
import type { ConntrackState, Packet } from '../packet.ts';
import { agree, all, any, defineMatch, type Options, type Tri, when } from './extension.ts';
import { inPortRange } from './ports.ts';
import { isProtocol } from './protocol.ts';

const table = {
  ctstate: 'word',
  ctproto: 'word',
  ctorigsrc: 'word',
  ctorigdst: 'word',
  ctreplsrc: 'word',
  ctrepldst: 'word',
  ctorigsrcport: 'word',
  ctorigdstport: 'word',
  ctreplsrcport: 'word',
  ctrepldstport: 'word',
  ctstatus: 'word',
  ctexpire: 'word',
  ctdir: 'word',
} as const;

export const conntrack = defineMatch({
  name: 'conntrack',
  options: table,
  matches: (options, packet) => agree(...possibleStates(packet).map((state) => matchesIn(state, options, packet))),
});

export const state = defineMatch({
  name: 'state',
  options: { state: 'word' },
  matches: (options, packet) =>
    agree(...possibleStates(packet).map((now) => when(options.state, (list) => isInStates(list, now, undefined)))),
});

const states: readonly ConntrackState[] = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'];

function isTracked(state: ConntrackState): boolean {
  return state !== 'INVALID' && state !== 'UNTRACKED';
}

/** What was translated has a connection. */
function possibleStates({ state, translated }: Packet): readonly ConntrackState[] {
  if (state !== undefined) return [state];
  return translated?.source || translated?.destination ? states.filter(isTracked) : states;
}

/** For a packet without a connection `--ctstate` alone decides, and nothing else fits (conntrack_mt, xt_conntrack.c). */
function matchesIn(state: ConntrackState, options: Options<typeof table>, packet: Packet): Tri {
  const fitsState = when(options.ctstate, (list) => isInStates(list, state, packet.translated ?? {}));
  if (!isTracked(state)) return options.ctstate !== undefined && fitsState;
  const { original = {}, reply = {} } = packet;
  return all(
    fitsState,
    when(options.ctproto, (protocol) => isConnectionProtocol(protocol, state, packet)),
    when(options.ctorigsrc, (prefix) => original.source && contains(prefix, original.source)),
    when(options.ctorigdst, (prefix) => original.destination && contains(prefix, original.destination)),
    when(options.ctorigsrcport, (range) => inPortRange(range, original.sourcePort)),
    when(options.ctorigdstport, (range) => inPortRange(range, original.destinationPort)),
    when(options.ctstatus, (list) => hasStatus(list, packet.status)),
    when(options.ctdir, (direction) => packet.direction && direction === packet.direction),
    when(options.ctreplsrc, (prefix) => reply.source && contains(prefix, reply.source)),
    when(options.ctrepldst, (prefix) => reply.destination && contains(prefix, reply.destination)),
    when(options.ctreplsrcport, (range) => inPortRange(range, reply.sourcePort)),
    when(options.ctrepldstport, (range) => inPortRange(range, reply.destinationPort)),
    // The time left is not in a packet.
    when(options.ctexpire, () => undefined),
  );
}

/** SNAT and DNAT are no states of their own but marks of a translated connection, beside its state. */
function isInStates(list: string, state: ConntrackState, translated: Packet['translated']): Tri {
  return any(
    ...list.split(',').map((name) => {
      if (name === 'SNAT' && translated) return isTracked(state) ? translated.source : false;
      if (name === 'DNAT' && translated) return isTracked(state) ? translated.destination : false;
      return states.some((known) => known === name) ? name === state : undefined;
    }),
  );
}

/** An ICMP error is RELATED to a connection of another protocol, and it is that one that counts. */
function isConnectionProtocol(protocol: string, state: ConntrackState, packet: Packet): Tri {
  const perhapsError =
    state === 'RELATED' && any(isProtocol(packet, 'icmp'), isProtocol(packet, 'ipv6-icmp')) !== false;
  return perhapsError ? undefined : isProtocol(packet, protocol);
}

const statuses = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const;

/** NONE is no bit at all (parse_status, libxt_conntrack.c), so that nothing has it. */
function hasStatus(list: string, status: Packet['status']): Tri {
  return any(
    ...list.split(',').map((name) => {
      const known = statuses.find((bit) => bit === name);
      if (known === undefined) return name === 'NONE' ? false : undefined;
      return status?.includes(known);
    }),
  );
}
