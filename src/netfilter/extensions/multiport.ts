// xt_multiport: up to fifteen ports and ranges in one rule.
import type { Packet } from '../packet.ts';
import { all, any, defineMatch, type Tri, when } from './extension.ts';
import { hasTransportHeader, inPortRange } from './ports.ts';
import { isProtocol } from './protocol.ts';

export const multiport = defineMatch({
  name: 'multiport',
  options: { sports: 'word', dports: 'word', ports: 'word' },
  matches: ({ sports, dports, ports }, packet) => {
    const { sourcePort, destinationPort } = packet;
    return all(
      hasPorts(packet),
      hasTransportHeader(packet),
      when(sports, (list) => inList(list, sourcePort)),
      when(dports, (list) => inList(list, destinationPort)),
      when(ports, (list) => any(inList(list, sourcePort), inList(list, destinationPort))),
    );
  },
});

function inList(list: string, port: number | undefined): Tri {
  return any(...list.split(',').map((range) => inPortRange(range, port)));
}

/** The protocols the kernel takes the match for (multiport_mt_check). */
function hasPorts(packet: Packet): Tri {
  return any(...['tcp', 'udp', 'udplite', 'sctp', 'dccp'].map((protocol) => isProtocol(packet, protocol)));
}
