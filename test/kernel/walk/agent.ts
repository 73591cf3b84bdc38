// Runs inside a network namespace, sends what it is told and tells what has come: one JSON list of orders a line on
// stdin, one JSON list of frames a line on stdout. Frames travel in VXLAN, so that no raw socket is needed.
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

export type Order =
  /** An Ethernet frame into the device of the node that has this VXLAN network. */
  | { readonly kind: 'frame'; readonly network: number; readonly bytes: string }
  /** A socket of this namespace. */
  | {
      readonly kind: 'udp' | 'tcp';
      readonly source: string;
      readonly sourcePort: number;
      readonly destination: string;
      readonly destinationPort: number;
    };

/** A frame that has left the node. */
export interface Seen {
  readonly network: number;
  /** Base64. */
  readonly bytes: string;
}

/** `agent.ts vxlan OWN PEER` in the namespace behind the node's devices, `agent.ts user UID` on the node itself. */
const [role, first = '', peer = ''] = process.argv.slice(2);
const seen: Seen[] = [];
const tunnel = createSocket('udp4');
if (role === 'vxlan') {
  tunnel.on('message', (bytes) => {
    seen.push({ network: bytes.readUInt32BE(4) >>> 8, bytes: bytes.subarray(8).toString('base64') });
  });
  await new Promise<void>((resolve) => tunnel.bind(4789, first, resolve));
} else {
  process.setgroups?.([]);
  process.setgid?.(Number(first));
  process.setuid?.(Number(first));
}
process.stdout.write('[]\n');

for await (const line of createInterface({ input: process.stdin })) {
  for (const order of JSON.parse(line) as readonly Order[]) await send(order);
  // What the kernel has sent stands in the socket; one more round of the loop reads it.
  if (role === 'vxlan') await new Promise((resolve) => setTimeout(resolve, 10));
  process.stdout.write(`${JSON.stringify(seen.splice(0))}\n`);
}
tunnel.close();

function send(order: Order): Promise<void> {
  switch (order.kind) {
    case 'frame': {
      // RFC 7348: the flag that says a network follows, and the network in the upper 24 bits.
      const header = Buffer.alloc(8);
      header.writeUInt8(0x08, 0);
      header.writeUInt32BE(order.network * 256, 4);
      const bytes = Buffer.concat([header, Buffer.from(order.bytes, 'base64')]);
      return new Promise((resolve) => tunnel.send(bytes, 4789, peer, () => resolve()));
    }
    case 'udp':
      return new Promise((resolve) => {
        const socket = createSocket(order.source.includes(':') ? 'udp6' : 'udp4');
        const end = () => socket.close(() => resolve());
        socket.on('error', (error) => {
          process.stderr.write(`${JSON.stringify(order)}: ${error.message}\n`);
          end();
        });
        socket.bind(order.sourcePort, order.source, () =>
          // An error here is the kernel's word that a rule has dropped it.
          socket.send('walk', order.destinationPort, order.destination, end),
        );
      });
    case 'tcp':
      return new Promise((resolve) => {
        const socket = connect({
          host: order.destination,
          port: order.destinationPort,
          localAddress: order.source,
          localPort: order.sourcePort,
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve());
        // The SYN is out, and is not to be sent again.
        setTimeout(() => socket.destroy(), 1);
      });
    default:
      return order satisfies never;
  }
}
