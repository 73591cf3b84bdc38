// The routing decision for a packet that came in: to the node itself, on by another interface, or nowhere
// (ip_route_input_slow, net/ipv4/route.c; ip6_route_input and ip6_forward, net/ipv6).
import { contains } from '../address.ts';
import { interfaceSetting, type NodeFacts, settingOf } from './node-facts.ts';
import type { Packet } from './packet.ts';
import { lookUp, type RouteAnswer } from './routes.ts';

export type Delivery =
  | { readonly kind: 'local' }
  /** `interface` and `gateway` are absent where it leaves by one of several. */
  | { readonly kind: 'out'; readonly interface: string | undefined; readonly gateway: string | undefined }
  | { readonly kind: 'dropped'; readonly reason: string }
  /** `otherwise`: where it goes if it is not dropped, as far as that is known. */
  | { readonly kind: 'unknown'; readonly fact: string; readonly otherwise?: Passed };

type Passed = Extract<Delivery, { readonly kind: 'local' | 'out' }>;

/** What becomes of a packet behind PREROUTING. */
export function deliver(facts: NodeFacts, packet: Packet): Delivery {
  const refused = packet.family === 'IPv4' ? martian(facts, packet) : undefined;
  if (refused !== undefined) return refused;
  const { family, destination, source, mark, inInterface } = packet;
  // What is of one link is routed by the interface it came in by.
  if (inInterface === undefined && family === 'IPv6') {
    if (destination === undefined || ofOneLink.some((prefix) => contains(prefix, destination))) return unknownIn;
  }
  const answer = lookUp(facts, { family, destination, source, mark, inInterface });
  const delivery = deliveryOf(answer, packet);
  if (delivery.kind === 'dropped' || delivery.kind === 'unknown') return delivery;
  const stops = [
    delivery.kind === 'out' ? whyNotForwarded(facts, packet) : undefined,
    family === 'IPv4' ? sourceRefused(facts, packet) : undefined,
  ].filter((stop) => stop !== undefined);
  const sure = stops.find(({ kind }) => kind === 'dropped');
  if (sure !== undefined || stops.length === 0) return sure ?? delivery;
  const unknowns = stops.flatMap((stop) => (stop.kind === 'unknown' ? [stop.fact] : []));
  return { kind: 'unknown', fact: unknowns.join(' and '), otherwise: delivery };
}

const ofOneLink = ['fe80::/10', 'ff00::/8', '::1/128'];

const unknownIn: Delivery = { kind: 'unknown', fact: 'the interface the packet comes in by' };

/** What a route means for a packet, whoever sends it. */
export function deliveryOf(answer: RouteAnswer, { destination }: Packet): Delivery {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'none') return { kind: 'dropped', reason: `no route to ${destination}` };
  const { type, route } = answer;
  switch (type) {
    case 'local':
    case 'broadcast':
    case 'anycast':
      return { kind: 'local' };
    case 'unicast':
      return { kind: 'out', interface: route?.interface, gateway: route?.gateway };
    case 'multicast':
      return { kind: 'unknown', fact: 'which multicast groups the node has joined or forwards' };
    default:
      return { kind: 'dropped', reason: `the route to ${destination} is of type ${type}` };
  }
}

/** Addresses that may not come in by this interface at all; the source's own checks are further down. */
function martian(facts: NodeFacts, { source, destination, inInterface }: Packet): Delivery | undefined {
  if (source === undefined) return { kind: 'unknown', fact: 'the source of the packet' };
  if (destination === undefined) return { kind: 'unknown', fact: 'the destination of the packet' };
  if (contains('224.0.0.0/4', source) || source === '255.255.255.255') {
    return { kind: 'dropped', reason: `${source} cannot be a source` };
  }
  if (contains('224.0.0.0/4', destination)) {
    return { kind: 'unknown', fact: 'which multicast groups the node has joined or forwards' };
  }
  if (destination === '255.255.255.255') return { kind: 'local' };
  for (const address of [source, destination]) {
    if (contains('0.0.0.0/8', address)) return { kind: 'dropped', reason: `${address} is no address of a node` };
  }
  const loopback = [source, destination].find((address) => contains('127.0.0.0/8', address));
  if (loopback === undefined || inInterface === 'lo') return undefined;
  if (typeof inInterface !== 'string') return unknownIn;
  const allowed = interfaceSetting(facts, inInterface, 'route_localnet');
  if (allowed === undefined) return { kind: 'unknown', fact: `net.ipv4.conf.${inInterface}.route_localnet` };
  return allowed === 0
    ? { kind: 'dropped', reason: `${loopback} came in by ${inInterface}: route_localnet is 0` }
    : undefined;
}

function whyNotForwarded(facts: NodeFacts, { family, inInterface, source }: Packet): Delivery | undefined {
  if (family === 'IPv6') {
    if (source === undefined) return { kind: 'unknown', fact: 'the source of the packet' };
    if (source === '::' || ['ff00::/8', 'fe80::/10'].some((prefix) => contains(prefix, source)) || source === '::1') {
      return { kind: 'dropped', reason: `packets from ${source} are not forwarded` };
    }
  }
  const name = family === 'IPv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
  const own =
    family === 'IPv4' && typeof inInterface === 'string'
      ? settingOf(facts, `net.ipv4.conf.${inInterface.replaceAll('.', '/')}.forwarding`)
      : undefined;
  const forwarding = own ?? settingOf(facts, name);
  if (forwarding === undefined) return { kind: 'unknown', fact: name };
  return forwarding === 0 ? { kind: 'dropped', reason: `the node does not forward: ${name} is 0` } : undefined;
}

const unknownSource: Delivery = { kind: 'unknown', fact: 'rp_filter of the interface the packet comes in by' };

/** fib_validate_source: one's own address may not come in from outside, and rp_filter asks for the way back. */
function sourceRefused(facts: NodeFacts, packet: Packet): Delivery | undefined {
  const { source, destination, inInterface, mark } = packet;
  if (inInterface === null) return undefined;
  if (inInterface === undefined) return unknownSource;
  const [filter, acceptLocal, validMark] = ['rp_filter', 'accept_local', 'src_valid_mark'].map((setting) =>
    interfaceSetting(facts, inInterface, setting),
  );
  // Almost every node has the kernel's 0 there, but only the sysctl says so where the source is its own.
  const back = lookUp(facts, {
    family: 'IPv4',
    destination: source,
    source: destination,
    mark: validMark === undefined ? undefined : validMark === 0 ? 0 : mark,
    inInterface,
  });
  if (back.kind === 'unknown' && filter !== 0) return back;
  if (back.kind === 'route' && back.type === 'local' && inInterface !== 'lo') {
    if (acceptLocal === undefined) return { kind: 'unknown', fact: `net.ipv4.conf.${inInterface}.accept_local` };
    if (acceptLocal === 0)
      return { kind: 'dropped', reason: `${source} is the node's own and came in by ${inInterface}` };
  }
  if (filter === 0 || inInterface === 'lo') return undefined;
  if (filter === undefined) {
    // The strictest value lets it pass: then every value does.
    const strict = back.kind === 'route' && back.type === 'unicast' && back.route?.interface === inInterface;
    return strict ? undefined : { kind: 'unknown', fact: `net.ipv4.conf.${inInterface}.rp_filter` };
  }
  const reason = `rp_filter is ${filter}: no way back to ${source} by ${inInterface}`;
  if (back.kind !== 'route') return { kind: 'dropped', reason };
  if (back.type !== 'unicast' && back.type !== 'local') return { kind: 'dropped', reason };
  if (back.route?.interface === undefined) return { kind: 'unknown', fact: `the way back to ${source}` };
  return filter === 1 && back.route.interface !== inInterface ? { kind: 'dropped', reason } : undefined;
}
