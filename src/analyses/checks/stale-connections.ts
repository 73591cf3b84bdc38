// KPR501: tracked UDP connections to a Service that go where no EndpointSlice leads any more. A client that keeps sending
// from one port keeps its entry, and gets no answer. pkg/proxy/conntrack/cleanup.go, v1.36.
import { hostPort } from '../../address.ts';
import type { Connection } from '../../proxiers/conntrack.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { count, listing, onNode } from '../words.ts';
import { portSubject, portText, raise, type TrafficCheck } from './check.ts';

export const staleConnections: TrafficCheck = {
  about: 'traffic',
  codes: ['KPR501'],
  run: (view, { states }) => {
    const udp = (view.conntrack.connections ?? []).filter(({ protocol }) => protocol === 'udp');
    if (udp.length === 0 || view.cluster === undefined) return [];
    return states.flatMap((state) => findingOf(view, state, udp));
  },
};

function findingOf(view: NodeView, state: PortState, udp: readonly Connection[]): readonly Finding[] {
  const { port, name, endpoints } = state;
  if (port === undefined || name.protocol !== 'UDP') return [];
  const addresses = new Set([port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]);
  const own = new Set((view.walk.addresses ?? []).map(({ address }) => address));
  const isFor = ({ original }: Connection) =>
    (addresses.has(original.destination) && original.destinationPort === port.port) ||
    (own.has(original.destination) && original.destinationPort === port.nodePort);
  const offered = new Set(endpoints.map(({ address, port: at }) => hostPort(address, at)));
  const stale = udp.filter((each) => {
    const { source, sourcePort } = each.reply;
    return isFor(each) && source !== each.original.destination && !offered.has(hostPort(source, sourcePort));
  });
  if (stale.length === 0) return [];
  const to = [...new Set(stale.map(({ reply }) => hostPort(reply.source, reply.sourcePort)))].sort();
  return [
    raise('KPR501', view, {
      subject: portSubject(name),
      message: `${count(stale.length, 'tracked UDP connection')} to ${portText(name)} ${onNode(view)} still ${stale.length === 1 ? 'goes' : 'go'} to ${listing(to)}, which no EndpointSlice offers: the ${stale.length === 1 ? 'client gets' : 'clients get'} no answer while they keep sending`,
      evidence: stale.slice(0, 4).map(({ line, text }) => ({ kind: 'text', line, text: `conntrack: ${text}` })),
    }),
  ];
}
