// Random first packets: in by one of the node's devices, or from a socket on the node. Source ports are all different,
// so that no two packets of a batch are of one connection.
import type { Packet } from '../../../src/netfilter/packet.ts';
import { addresses, type Family } from './addresses.ts';
import type { Order } from './agent.ts';
import { type FirstPacket, frameOf } from './frame.ts';
import type { Random } from './random.ts';
import { devices, macOf, user } from './world.ts';

export interface Sent {
  /** As the walk is given it. */
  readonly packet: Packet;
  /** As the kernel is. */
  readonly order: Order;
  readonly from: 'wire' | 'own';
  /** Its source port, or its identifier. */
  readonly port: number;
}

const ports = [80, 53, 8080, 443, 9999];
export const peerMac = '02:00:00:00:00:99';

export function randomPacket(random: Random, family: Family, port: number): Sent {
  return random.chance(0.7) ? fromWire(random, family, port) : fromNode(random, family, port);
}

function fromWire(random: Random, family: Family, sourcePort: number): Sent {
  const pool = addresses[family];
  const network = 1 + random.integer(3);
  const protocol = random.of(['tcp', 'tcp', 'udp', 'udp', 'sctp', family === 'IPv4' ? 'icmp' : 'ipv6-icmp'] as const);
  const odd = random.chance(0.1);
  const source = random.of([
    ...(pool.near[network] ?? []),
    ...(pool.near[network] ?? []),
    ...pool.far,
    ...pool.near.flat(),
    ...(odd ? [pool.loopback, ...pool.own] : []),
  ]);
  const destination = random.of([
    ...pool.service,
    ...pool.service,
    ...pool.own,
    ...pool.near.flat(),
    ...pool.far,
    ...pool.nowhere,
    ...(odd ? [pool.loopback] : []),
  ]);
  return firstFromWire(
    { family, protocol, source, destination, sourcePort, destinationPort: random.of(ports) },
    network,
  );
}

/** The packet as it comes in by a device. */
export function firstFromWire(first: FirstPacket, network = 1): Sent {
  const bytes = frameOf(first, peerMac, macOf(network)).toString('base64');
  const packet: Packet = { ...packetOf(first), inInterface: devices[network] ?? '', sourceMac: peerMac };
  return { packet, order: { kind: 'frame', network, bytes }, from: 'wire', port: first.sourcePort };
}

function fromNode(random: Random, family: Family, sourcePort: number): Sent {
  const pool = addresses[family];
  const protocol = random.of(['tcp', 'udp'] as const);
  const source = random.of([...pool.own, pool.loopback]);
  const outside = [...pool.service, ...pool.service, ...pool.near.flat(), ...pool.far, ...pool.nowhere];
  const destination =
    source === pool.loopback ? random.of([pool.loopback, ...pool.own]) : random.of([...outside, ...pool.own]);
  return firstFromNode({ family, protocol, source, destination, sourcePort, destinationPort: random.of(ports) });
}

/** The packet as a socket of the node sends it. */
export function firstFromNode(first: FirstPacket & { readonly protocol: 'tcp' | 'udp' }): Sent {
  const { protocol: kind, source, sourcePort, destination, destinationPort } = first;
  const packet: Packet = { ...packetOf(first), inInterface: null, owner: { uid: user, gid: user } };
  return { packet, order: { kind, source, sourcePort, destination, destinationPort }, from: 'own', port: sourcePort };
}

/** Where the packet went, as the walk says; of ICMP `identifier` is the request's. */
export interface Destination {
  readonly device: string;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly identifier: number;
}

/** The answer to a packet that has left by a device, in by that device. */
export function answerTo(family: Family, protocol: FirstPacket['protocol'], to: Destination): Order {
  const isIcmp = protocol === 'icmp' || protocol === 'ipv6-icmp';
  const network = devices.indexOf(to.device);
  const reply = {
    isReply: true,
    family,
    protocol,
    source: to.destination,
    destination: to.source,
    sourcePort: isIcmp ? to.identifier : to.destinationPort,
    destinationPort: to.sourcePort,
  } as const;
  return { kind: 'frame', network, bytes: frameOf(reply, peerMac, macOf(network)).toString('base64') };
}

function packetOf({ family, protocol, source, destination, sourcePort, destinationPort }: FirstPacket): Packet {
  const isIcmp = protocol === 'icmp' || protocol === 'ipv6-icmp';
  return {
    family,
    protocol,
    source,
    destination,
    mark: 0,
    fragment: false,
    physicalIn: null,
    physicalOut: null,
    ...(isIcmp ? { icmp: { type: protocol === 'icmp' ? 8 : 128, code: 0 } } : { sourcePort, destinationPort }),
    ...(protocol === 'tcp' && { tcpFlags: ['SYN'] }),
  };
}
