// What a nat target makes of a packet: nf_nat_setup_info (net/netfilter/nf_nat_core.c) for a connection whose new
// addresses and ports nobody else has. A port is kept where it may be.
import { type Address, addressFrom, addressNumber, familyOf } from '../address.ts';
import { destinationOf } from './extensions/dnat.ts';
import type { Option } from './extensions/extension.ts';
import type { NatRange } from './extensions/nat-range.ts';
import { portRange } from './extensions/ports.ts';
import { sourceOf } from './extensions/snat.ts';
import type { NodeFacts } from './node-facts.ts';
import type { Rule, Target } from './ruleset.ts';
import { type OwnAddress, redirectFor, sourceFor } from './source-address.ts';
import type { Endpoint } from './step.ts';
import type { WalkState } from './walk-state.ts';

/** `to` is the new end; a part that is not known is absent, and `fact` says what it depends on. */
export type Translation =
  | { readonly kind: 'to'; readonly end: 'source' | 'destination'; readonly to: Endpoint; readonly fact?: string }
  | { readonly kind: 'dropped'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly fact: string };

/** `undefined` for a target that is none of the nat table's. */
export function translationOf(
  rule: Rule,
  state: WalkState,
  end: 'source' | 'destination',
  facts: NodeFacts,
): Translation | undefined {
  const { target } = rule;
  const { packet } = state;
  switch (target.kind) {
    case 'DNAT':
      return ranged(target.options, destinationOf(target.options), state, 'destination');
    case 'SNAT':
      return ranged(target.options, sourceOf(target.options), state, 'source');
    case 'MASQUERADE': {
      const own = sourceFor(facts, packet.family, state.out?.interface, state.out?.gateway ?? packet.destination);
      return toOwn(target, own, state, 'source');
    }
    case 'REDIRECT':
      return toOwn(
        target,
        redirectFor(facts, packet.family, packet.inInterface, packet.destination),
        state,
        'destination',
      );
    case 'NETMAP': {
      const before = endOf(state, end);
      const address = before.address && mapInto(target.options.to?.values[0] ?? '', before.address);
      if (address === undefined) return { kind: 'unknown', fact: `the ${end} of the packet` };
      return { kind: 'to', end, to: { ...before, address } };
    }
    default:
      return undefined;
  }
}

export function endOf({ packet }: WalkState, end: 'source' | 'destination'): Endpoint {
  return end === 'source'
    ? { address: packet.source, port: packet.sourcePort }
    : { address: packet.destination, port: packet.destinationPort };
}

type NatOptions = { readonly random?: Option | undefined; readonly 'random-fully'?: Option | undefined };

function ranged(
  options: NatOptions,
  range: NatRange | undefined,
  state: WalkState,
  end: 'source' | 'destination',
): Translation {
  if (range === undefined) return { kind: 'unknown', fact: 'where the rule sends the packet' };
  const before = endOf(state, end);
  const address = range.from === undefined ? before.address : range.from === range.to ? range.from : undefined;
  const port = portIn(range, before.port, isRandom(options));
  const fact = address === undefined ? 'which of its addresses the kernel takes' : undefined;
  return { kind: 'to', end, to: { address, port }, ...(fact && { fact }) };
}

function toOwn(
  target: Extract<Target, { kind: 'MASQUERADE' | 'REDIRECT' }>,
  own: OwnAddress,
  state: WalkState,
  end: 'source' | 'destination',
): Translation {
  if (own === null) return { kind: 'dropped', reason: 'the node has no address for it there' };
  const ports = target.options['to-ports']?.values[0];
  const read = ports === undefined ? undefined : portRange(ports, '-');
  const range = read && { portFrom: read.from, portTo: read.to };
  const port =
    ports !== undefined && read === undefined
      ? undefined
      : portIn(range ?? {}, endOf(state, end).port, isRandom(target.options));
  if (typeof own !== 'string') return { kind: 'to', end, to: { address: undefined, port }, fact: own.fact };
  return { kind: 'to', end, to: { address: own, port } };
}

function isRandom(options: NatOptions): boolean {
  return options.random !== undefined || options['random-fully'] !== undefined;
}

/** A port of the range is kept; another becomes the range's only one, or one that cannot be foretold. */
function portIn(
  { portFrom, portTo, portBase }: NatRange,
  before: number | undefined,
  random: boolean,
): number | undefined {
  if (portFrom === undefined || portTo === undefined) return random ? undefined : before;
  if (portFrom === portTo) return portFrom;
  if (random || before === undefined) return undefined;
  if (portBase !== undefined) return portFrom + (((before - portBase) & 0xffff) % (portTo - portFrom + 1));
  return before >= portFrom && before <= portTo ? before : undefined;
}

/** The network's bits of the prefix, the host's bits of the address. */
function mapInto(prefix: string, address: Address): Address | undefined {
  const [network = '', lengthText] = prefix.split('/');
  const family = familyOf(network);
  if (family === undefined || family !== familyOf(address)) return undefined;
  const width = family === 'IPv4' ? 32 : 128;
  const length = lengthText === undefined ? width : /^\d+$/.test(lengthText) ? Number(lengthText) : undefined;
  const [net, own] = [addressNumber(network), addressNumber(address)];
  if (length === undefined || length > width || net === undefined || own === undefined) return undefined;
  const host = (1n << BigInt(width - length)) - 1n;
  return addressFrom((net & ~host) | (own & host), family);
}
