// A Service as the receiver: which of its ports, and by which of its addresses the sender comes.
import { contains, hostPort } from '../../address.ts';
import { UsageError } from '../../errors.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, typeName } from '../words.ts';
import type { From, To } from './ends.ts';
import type { TraceQuestion } from './question.ts';
import { inFamily, portText, type Receiver, receiverOf, upper } from './receiver.ts';
import { type ServiceWay, waysTo } from './service-ways.ts';

/** Throws UsageError where the Service, its port or an address of the family is not there. */
export function toService(view: NodeView, to: Extract<To, { kind: 'service' }>, question: TraceQuestion): Receiver {
  const { namespace, name, port } = to;
  const service = view.cluster?.index.services.get(`${namespace}/${name}`);
  const all = waysTo(view, (owner) => owner.namespace === namespace && owner.name === name);
  if (service === undefined && all.length === 0) throw unknownService(view, namespace, name);
  if (all.length === 0) throw unserved(view, `${namespace}/${name}`, service);
  const asked = all.filter((way) => {
    const isPort = port === undefined || way.name.port === port || String(way.servicePort) === port;
    return isPort && (question.protocol === undefined || way.name.protocol === upper(question.protocol));
  });
  if (asked.length === 0) throw noPort(`${namespace}/${name}`, port ?? question.protocol ?? '', all);
  const ofFamily = inFamily(asked, question, `${namespace}/${name}`);
  const order = comesFromOutside(view, question.from) ? fromOutside : fromInside;
  const [first, ...others] = order.flatMap((type) => ofFamily.filter((way) => way.type === type));
  if (first === undefined) throw noWay(`${namespace}/${name}`, ofFamily);
  const ports = new Set(ofFamily.map((way) => `${way.name.port}/${way.name.protocol}`));
  const notes = [
    ...(ports.size > 1
      ? [
          `${namespace}/${name} has ${count(ports.size, 'port')}, this is ${portText(first)}: name another with svc/${name}:PORT`,
        ]
      : []),
    ...(order === fromOutside && first.type === 'ClusterIP' ? ['the Service has no address for clients outside'] : []),
    ...(order === fromOutside && others.some((way) => way.type !== 'ClusterIP')
      ? [
          `other ways in: ${listing([...new Set(others.filter(({ type }) => type !== 'ClusterIP').map((way) => `${typeName(way.type)} ${atOf(way)}`))])}`,
        ]
      : []),
  ];
  return receiverOf(view, first, question, notes);
}

const fromInside = ['ClusterIP'] as const;

const fromOutside = ['LoadBalancer', 'ExternalIP', 'NodePort', 'ClusterIP'] as const;

function atOf(way: ServiceWay): string {
  return way.address === undefined ? String(way.port) : hostPort(way.address, way.port);
}

function comesFromOutside({ cluster }: NodeView, from: From): boolean {
  if (from.kind !== 'address') return from.kind === 'internet';
  if (cluster === undefined) return false;
  const { index, snapshot } = cluster;
  const inside = snapshot.nodes.some(({ podCIDRs }) =>
    podCIDRs.some((prefix) => contains(prefix, from.address) === true),
  );
  return !inside && !index.podsByAddress.has(from.address) && !index.nodesByAddress.has(from.address);
}

function unserved(
  view: NodeView,
  service: string,
  found: { readonly headless: boolean; readonly type: string } | undefined,
): UsageError {
  const family = view.unread.map((each) => each.family);
  const why =
    found?.type === 'ExternalName'
      ? 'is of type ExternalName: it is a DNS name, and no packet is sent to it'
      : found?.headless === true
        ? 'is headless: its clients connect to its pods'
        : `has no address that kube-proxy serves${family.length > 0 ? ` in the families that were read` : ''}`;
  return new UsageError('NO_ADDRESS', `${service} ${why}`, { hint: 'Trace to one of its pods: --to pod/NAME:PORT' });
}

function noPort(service: string, port: string, ways: readonly ServiceWay[]): UsageError {
  const ports = [...new Set(ways.map(portText))];
  return new UsageError('NO_SUCH_PORT', `${service} has no port ${port}`, { hint: `It has ${listing(ports, 8)}` });
}

function noWay(service: string, ways: readonly ServiceWay[]): UsageError {
  return new UsageError('NO_ADDRESS', `${service} has no cluster IP that the rules take`, {
    hint: `Give one of its addresses: ${listing([...new Set(ways.map((way) => (way.address === undefined ? `nodeport/${way.port}` : hostPort(way.address, way.port))))])}`,
  });
}

function unknownService(view: NodeView, namespace: string, name: string): UsageError {
  const services = view.cluster?.snapshot.services ?? [];
  const elsewhere = services.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`);
  const near = nearest(
    name,
    services.filter((each) => each.namespace === namespace).map((each) => each.name),
    3,
  );
  return new UsageError(
    'NO_SUCH_SERVICE',
    `${view.cluster === undefined ? 'the rules name' : 'the API has'} no Service ${namespace}/${name}`,
    {
      hint:
        elsewhere.length > 0
          ? `There is one of that name with ${listing(elsewhere)}`
          : near.length > 0
            ? `Near it: ${listing(near.map((each) => `svc/${each}`))}`
            : 'See kubectl get services -A',
    },
  );
}
