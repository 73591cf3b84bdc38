// Where the packet is sent: an address, a port and a protocol, and what has them.
import { type Address, contains, type Family, familyOf, hostPort } from '../../address.ts';
import { podAt } from '../../cluster/cluster-index.ts';
import type { Pod, Protocol } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, typeName } from '../words.ts';
import type { From, To } from './ends.ts';
import type { TraceQuestion } from './question.ts';
import { type ServiceWay, waysTo } from './service-ways.ts';

export interface Receiver {
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly address: Address;
  /** `undefined` for ICMP. */
  readonly port: number | undefined;
  /** `cluster IP 10.96.0.10:53/UDP of kube-system/kube-dns:dns`. */
  readonly text: string;
  readonly way: ServiceWay['type'] | 'address';
  readonly notes: readonly string[];
}

/** Throws UsageError where nothing has the name, port or family. */
export function resolveTo(view: NodeView, question: TraceQuestion): Receiver {
  const { to } = question;
  switch (to.kind) {
    case 'service':
      return toService(view, to, question);
    case 'node-port':
      return toNodePort(view, to, question);
    case 'node':
      return toNode(view, to.name, to.port, question);
    case 'pod':
      return toPod(view, to, question);
    case 'address':
      return toAddress(view, to, question);
    default:
      return to satisfies never;
  }
}

function toService(view: NodeView, to: Extract<To, { kind: 'service' }>, question: TraceQuestion): Receiver {
  const { namespace, name, port } = to;
  const node = view.cluster?.index.nodes.get(name);
  const service = view.cluster?.index.services.get(`${namespace}/${name}`);
  const all = waysTo(view, (owner) => owner.namespace === namespace && owner.name === name);
  if (service === undefined && all.length === 0) {
    if (node !== undefined) return toNode(view, name, portNumber(port), question);
    throw unknownService(view, namespace, name);
  }
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

function receiverOf(view: NodeView, way: ServiceWay, question: TraceQuestion, notes: readonly string[]): Receiver {
  const { family, name, type, port } = way;
  const address = way.address ?? ownAddress(view, family);
  const service = `${name.namespace}/${name.name}${name.port === '' ? '' : `:${name.port}`}`;
  const text = `${typeName(type)} ${hostPort(address, port)}/${name.protocol} of ${service}`;
  return { family, protocol: question.protocol ?? lower(name.protocol), address, port, text, way: type, notes };
}

/** The node's address that clients know it by. Throws UsageError where nothing tells one. */
function ownAddress(view: NodeView, family: Family): Address {
  const ofObject = (view.cluster?.node?.addresses ?? []).filter(({ address }) => familyOf(address) === family);
  const own = ofObject.find(({ type }) => type === 'InternalIP') ?? ofObject[0];
  const captured = view.kernel
    .facts(family)
    .addresses?.find(({ address, scope }) => scope === 'global' && familyOf(address) === family);
  const address = own?.address ?? captured?.address;
  if (address !== undefined) return address;
  throw new UsageError('NODE_ADDRESS', `no ${family} address of the node is known`, {
    hint: 'Give --to IP:PORT, or --node-name with the Node object in --objects',
  });
}

function toNodePort(view: NodeView, to: Extract<To, { kind: 'node-port' }>, question: TraceQuestion): Receiver {
  const wanted = to.protocol ?? (question.protocol && upper(question.protocol));
  const all = waysTo(view, () => true).filter(
    (way) => way.type === 'NodePort' && way.port === to.port && (wanted === undefined || way.name.protocol === wanted),
  );
  if (all.length > 0) {
    const [first] = inFamily(all, question, `node port ${to.port}`);
    if (first !== undefined) return receiverOf(view, first, question, []);
  }
  const family = familyWanted(question) ?? 'IPv4';
  const address = ownAddress(view, family);
  const protocol = lower(wanted ?? 'TCP');
  const text = `${hostPort(address, to.port)}/${upper(protocol)}`;
  const notes = [`no Service has node port ${to.port}${wanted === undefined ? '' : `/${wanted}`}`];
  return { family, protocol, address, port: to.port, text, way: 'address', notes };
}

function toNode(view: NodeView, name: string, port: number | undefined, question: TraceQuestion): Receiver {
  const node = view.cluster?.index.nodes.get(name);
  const own = name === view.name;
  if (node === undefined && !own) {
    const near = nearest(
      name,
      (view.cluster?.snapshot.nodes ?? []).map((each) => each.name),
      3,
    );
    throw new UsageError('NO_SUCH_NODE', `the API has no node ${name}`, {
      hint: near.length > 0 ? `Near it: ${listing(near)}` : 'See kubectl get nodes',
    });
  }
  const family = familyWanted(question) ?? 'IPv4';
  const ips = (node?.addresses ?? []).filter(({ address }) => familyOf(address) === family);
  const address = (ips.find(({ type }) => type === 'InternalIP') ?? ips[0])?.address ?? ownAddress(view, family);
  return plain(address, port, question, undefined, (at) => `node ${name} (${at})`);
}

function toPod(view: NodeView, to: Extract<To, { kind: 'pod' }>, question: TraceQuestion): Receiver {
  const { namespace, name } = to;
  const pod = view.cluster?.index.pods.get(`${namespace}/${name}`);
  if (pod === undefined) {
    const near = nearest(
      name,
      (view.cluster?.snapshot.pods ?? []).map((each) => each.name),
      3,
    );
    throw new UsageError('NO_SUCH_POD', `the API has no pod ${namespace}/${name}`, {
      hint:
        near.length > 0
          ? `Near it: ${listing(near.map((each) => `pod/${each}`))}`
          : 'Give --to IP:PORT, or --objects with pods in it',
    });
  }
  const found = portOfPod(pod, to.port, question);
  const family = familyWanted(question) ?? familyOf(pod.addresses[0] ?? '') ?? 'IPv4';
  const address = pod.addresses.find((each) => familyOf(each) === family);
  if (address === undefined)
    throw new UsageError('NO_SUCH_ADDRESS', `pod ${namespace}/${name} has no ${family} address`, {});
  return plain(address, found?.port, question, found?.protocol, (at) => `pod ${namespace}/${name} (${at})`);
}

function portOfPod({ ports, namespace, name }: Pod, asked: string | undefined, { protocol }: TraceQuestion) {
  if (asked === undefined) {
    return ports.find((each) => protocol === undefined || each.protocol === upper(protocol));
  }
  const named = ports.find((each) => each.name === asked || String(each.port) === asked);
  if (named !== undefined) return named;
  const port = portNumber(asked);
  if (port !== undefined) return { port, protocol: undefined };
  throw new UsageError('NO_SUCH_PORT', `pod ${namespace}/${name} has no port ${asked}`, {
    hint: `It has ${
      listing(
        ports.map((each) => `${each.name ?? ''} ${each.port}`.trim()),
        8,
      ) || 'none that it declares: give a number'
    }`,
  });
}

function toAddress(view: NodeView, to: Extract<To, { kind: 'address' }>, question: TraceQuestion): Receiver {
  const { address } = to;
  const family = familyOf(address);
  const wanted = to.protocol ?? (question.protocol && upper(question.protocol));
  const ways = waysTo(view, () => true).filter(
    (way) =>
      way.address === address &&
      (to.port === undefined || way.port === to.port) &&
      (wanted === undefined || way.name.protocol === wanted),
  );
  const [first] = ways;
  if (question.family !== undefined && question.family !== family) throw otherFamily(address, question.family);
  if (first !== undefined && question.protocol !== 'icmp') {
    const more = new Set(ways.map((way) => `${way.port}/${way.name.protocol}`)).size;
    const notes =
      to.port === undefined && more > 1 ? [`${address} has ${count(more, 'port')}, this is ${portText(first)}`] : [];
    return receiverOf(view, first, question, notes);
  }
  const pod = view.cluster && podAt(view.cluster.index, address);
  const node = view.cluster?.index.nodesByAddress.get(address);
  const whose =
    pod !== undefined ? ` (pod ${pod.namespace}/${pod.name})` : node !== undefined ? ` (node ${node.name})` : '';
  return plain(address, to.port, question, to.protocol, (at) => `${at}${whose}`);
}

function plain(
  address: Address,
  port: number | undefined,
  question: TraceQuestion,
  known: Protocol | undefined,
  textOf: (at: string) => string,
): Receiver {
  const family = familyOf(address) ?? 'IPv4';
  const protocol = question.protocol ?? (known === undefined ? 'tcp' : lower(known));
  if (protocol === 'icmp') {
    return {
      family,
      protocol,
      address,
      port: undefined,
      text: `${textOf(address)}, an ICMP echo`,
      way: 'address',
      notes: [],
    };
  }
  if (port === undefined) {
    throw new UsageError('NO_PORT', `a port of ${textOf(address)} is needed`, {
      hint: `Give --to ${hostPort(address, 80)}, or --proto icmp`,
    });
  }
  const text = textOf(`${hostPort(address, port)}/${upper(protocol)}`);
  return { family, protocol, address, port, text, way: 'address', notes: [] };
}

function familyWanted({ family, from }: TraceQuestion): Family | undefined {
  return family ?? (from.kind === 'address' ? familyOf(from.address) : undefined);
}

/** Those of the family that is wanted, or of the first. */
function inFamily(ways: readonly ServiceWay[], question: TraceQuestion, text: string): readonly ServiceWay[] {
  const family = familyWanted(question) ?? ways[0]?.family;
  const found = ways.filter((way) => way.family === family);
  if (found.length === 0 && family !== undefined) throw otherFamily(text, family);
  return found;
}

function otherFamily(text: string, family: Family): UsageError {
  return new UsageError('OTHER_FAMILY', `${text} has no ${family} address`, {
    hint: `Leave --family out, or give --from an address of the other family`,
  });
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

function portText({ name, servicePort }: ServiceWay): string {
  return name.port === '' ? `${servicePort}/${name.protocol}` : `${name.port} (${servicePort}/${name.protocol})`;
}

function portNumber(text: string | undefined): number | undefined {
  const port = Number(text);
  return text !== undefined && /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
}

function upper(protocol: string): Protocol {
  return protocol.toUpperCase() as Protocol;
}

function lower(protocol: Protocol): 'tcp' | 'udp' | 'sctp' {
  return protocol === 'TCP' ? 'tcp' : protocol === 'UDP' ? 'udp' : 'sctp';
}
