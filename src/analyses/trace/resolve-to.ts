// Where the packet is sent: an address, a port and a protocol, and what has them.
import { familyOf, hostPort } from '../../address.ts';
import { podAt } from '../../cluster/cluster-index.ts';
import type { Pod } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing } from '../words.ts';
import type { To } from './ends.ts';
import type { TraceQuestion } from './question.ts';
import {
  familyWanted,
  inFamily,
  lower,
  otherFamily,
  ownAddress,
  plain,
  portNumber,
  portText,
  type Receiver,
  receiverOf,
  upper,
} from './receiver.ts';
import { waysTo } from './service-ways.ts';
import { toService } from './to-service.ts';

/** Throws UsageError where nothing has the name, port or family. */
export function resolveTo(view: NodeView, question: TraceQuestion): Receiver {
  const { to } = question;
  switch (to.kind) {
    case 'service': {
      const { index } = view.cluster ?? {};
      // `worker-1:30080` is a node's where no Service is called so.
      const isNode = index?.nodes.has(to.name) === true && !index.services.has(`${to.namespace}/${to.name}`);
      return isNode ? toNode(view, to.name, portNumber(to.port), question) : toService(view, to, question);
    }
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
