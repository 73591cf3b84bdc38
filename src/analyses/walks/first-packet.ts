// The first packet of a connection as it comes to the node.
import type { Address, Family } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import type { Packet } from '../../netfilter/packet.ts';

export interface Connection {
  readonly family: Family;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: Protocol;
  readonly port: number;
}

/** From a client that no recent list holds. Its own port is not known. */
export function firstPacket({ family, source, destination, protocol, port }: Connection): Packet {
  return {
    family,
    source,
    destination,
    protocol: protocol.toLowerCase(),
    destinationPort: port,
    mark: 0,
    fragment: false,
    recentLists: [],
    ...(protocol === 'TCP' && { tcpFlags: ['SYN'] }),
  };
}
