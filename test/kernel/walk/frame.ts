// The first packet of a connection as bytes, inside an Ethernet frame: TCP SYN, UDP, ICMP echo request, SCTP INIT.
// RFC 791, 8200, 9293, 768, 792, 4443, 9260.
import { addressNumber } from '../../../src/address.ts';

export interface FirstPacket {
  readonly family: 'IPv4' | 'IPv6';
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp' | 'sctp';
  readonly source: string;
  readonly destination: string;
  /** Of ICMP the identifier. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Whether it is the answer to a first packet: SYN and ACK, or an echo reply. */
export interface Reply extends FirstPacket {
  readonly isReply: true;
}

export const protocolNumbers = { icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58, sctp: 132 } as const;

export function frameOf(packet: FirstPacket | Reply, from: string, to: string): Buffer {
  const [source, destination] = [bytesOf(packet.source), bytesOf(packet.destination)];
  const number = protocolNumbers[packet.protocol];
  const transport = transportOf(packet, Buffer.concat([source, destination]), number);
  const ethernet = Buffer.concat([mac(to), mac(from), Buffer.from(packet.family === 'IPv4' ? '0800' : '86dd', 'hex')]);
  return Buffer.concat([ethernet, networkOf(packet.family, number, transport.length, source, destination), transport]);
}

function networkOf(
  family: 'IPv4' | 'IPv6',
  protocol: number,
  length: number,
  source: Buffer,
  destination: Buffer,
): Buffer {
  if (family === 'IPv6') {
    const header = Buffer.alloc(8);
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(length, 4);
    header.writeUInt8(protocol, 6);
    header.writeUInt8(64, 7);
    return Buffer.concat([header, source, destination]);
  }
  const header = Buffer.alloc(12);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + length, 2);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  const whole = Buffer.concat([header, source, destination]);
  whole.writeUInt16BE(checksum(whole), 10);
  return whole;
}

function transportOf(packet: FirstPacket | Reply, addresses: Buffer, number: number): Buffer {
  const { protocol, sourcePort, destinationPort } = packet;
  const isReply = 'isReply' in packet;
  const payload = Buffer.from('walk');
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(sourcePort, 0);
  ports.writeUInt16BE(destinationPort, 2);
  switch (protocol) {
    case 'tcp': {
      const rest = Buffer.from(`000003e8${isReply ? '000003e95012' : '000000005002'}faf000000000`, 'hex');
      return withChecksum(Buffer.concat([ports, rest]), 16, addresses, number);
    }
    case 'udp': {
      const rest = Buffer.alloc(4);
      rest.writeUInt16BE(8 + payload.length, 0);
      return withChecksum(Buffer.concat([ports, rest, payload]), 6, addresses, number);
    }
    case 'icmp':
    case 'ipv6-icmp': {
      const header = Buffer.from('0000000000000001', 'hex');
      const [request, answer] = protocol === 'icmp' ? [8, 0] : [128, 129];
      header.writeUInt8(isReply ? answer : request, 0);
      header.writeUInt16BE(sourcePort, 4);
      return withChecksum(Buffer.concat([header, payload]), 2, protocol === 'icmp' ? undefined : addresses, number);
    }
    case 'sctp': {
      // Verification tag 0, checksum, and an INIT chunk of 20 bytes.
      const rest = Buffer.from('0000000000000000' + '0100001400000001' + '0000ffff00010001' + '00000001', 'hex');
      const whole = Buffer.concat([ports, rest]);
      whole.writeUInt32LE(crc32c(whole), 8);
      return whole;
    }
    default:
      return protocol satisfies never;
  }
}

function withChecksum(bytes: Buffer, at: number, addresses: Buffer | undefined, protocol: number): Buffer {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(bytes.length, 0);
  pseudo.writeUInt32BE(protocol, 4);
  bytes.writeUInt16BE(checksum(addresses === undefined ? bytes : Buffer.concat([addresses, pseudo, bytes])), at);
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Castagnoli's, reflected. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function bytesOf(address: string): Buffer {
  const size = address.includes(':') ? 32 : 8;
  return Buffer.from((addressNumber(address) ?? 0n).toString(16).padStart(size, '0'), 'hex');
}

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}
