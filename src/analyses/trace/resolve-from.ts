// Who sends the packet: a pod of this node, a process of the node itself, or somebody outside.
import { type Address, contains, type Family, familyOf } from '../../address.ts';
import { hasEnded, podAt } from '../../cluster/cluster-index.ts';
import type { Node, Pod } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import { addressType } from '../../netfilter/address-type.ts';
import type { NodeFacts } from '../../netfilter/node-facts.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import { listing } from '../words.ts';
import type { From } from './ends.ts';
import { addressOfInternet } from './internet.ts';
import type { Receiver } from './receiver.ts';

export interface Sender {
  /** `own`: a process of the node. */
  readonly kind: 'pod' | 'own' | 'outside';
  /** `undefined` for the node's own choice. */
  readonly address: Address | undefined;
  /** `pod default/web-1 (10.244.0.3)`. */
  readonly text: string;
  readonly pod: Pod | undefined;
  readonly notes: readonly string[];
}

/** Throws UsageError where nobody has the name, or where the packet would not come by this node. */
export function resolveFrom(view: NodeView, from: From, receiver: Receiver, facts: NodeFacts): Sender {
  const { family } = receiver;
  switch (from.kind) {
    case 'internet': {
      const address = addressOfInternet(view, family);
      const note = `internet is ${address} here, which no rule names: give an address with --from for another client`;
      return { kind: 'outside', address, text: `internet (${address})`, pod: undefined, notes: [note] };
    }
    case 'address':
      return ofAddress(view, from.address, receiver, facts);
    case 'pod':
      return ofPod(view, podOf(view, from), receiver);
    case 'node':
      return ofNode(view, nodeOf(view, from.name), receiver);
    case 'name': {
      const { index } = clusterOf(view, from.name);
      const node = index.nodes.get(from.name);
      const isPod = index.pods.has(`${from.namespace}/${from.name}`);
      return node !== undefined && !isPod ? ofNode(view, node, receiver) : ofPod(view, podOf(view, from), receiver);
    }
    default:
      return from satisfies never;
  }
}

function clusterOf({ cluster }: NodeView, name: string) {
  if (cluster !== undefined) return cluster;
  throw new UsageError('NEEDS_OBJECTS', `${name} cannot be found without the API objects`, {
    hint: 'Give --objects with pods and nodes in it, or an address',
  });
}

function podOf(view: NodeView, { namespace, name }: { readonly namespace: string; readonly name: string }): Pod {
  const { index, snapshot } = clusterOf(view, `pod ${namespace}/${name}`);
  const pod = index.pods.get(`${namespace}/${name}`);
  if (pod !== undefined) return pod;
  const elsewhere = snapshot.pods.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`);
  const near = nearest(
    name,
    snapshot.pods.filter((each) => each.namespace === namespace).map((each) => each.name),
    3,
  );
  throw new UsageError('NO_SUCH_POD', `the API has no pod ${namespace}/${name}`, {
    hint:
      elsewhere.length > 0
        ? `There is one of that name with ${listing(elsewhere)}`
        : near.length > 0
          ? `Near it: ${listing(near.map((each) => `pod/${each}`))}`
          : snapshot.kinds.has('Pod')
            ? 'See kubectl get pods -A'
            : 'The objects hold no pods: add them to --objects',
  });
}

function nodeOf(view: NodeView, name: string): Node | undefined {
  const { index, snapshot } = clusterOf(view, `node ${name}`);
  const node = index.nodes.get(name);
  if (node !== undefined || name === view.name) return node;
  throw new UsageError('NO_SUCH_NODE', `the API has no node ${name}`, {
    hint:
      snapshot.nodes.length === 0
        ? 'The objects hold no nodes'
        : `There is ${listing(snapshot.nodes.map((each) => each.name))}`,
  });
}

function ofPod(view: NodeView, pod: Pod, receiver: Receiver): Sender {
  const { family } = receiver;
  const text = `pod ${pod.namespace}/${pod.name}`;
  const elsewhere = pod.node !== undefined && view.name !== '' && pod.node !== view.name;
  if (pod.hostNetwork && !elsewhere) {
    const notes = [`${text} has the network of its node: its packets are the node's own`];
    return { kind: 'own', address: undefined, text: `${text} (host network)`, pod: undefined, notes };
  }
  const address = pod.addresses.find((each) => familyOf(each) === family);
  if (address === undefined) {
    throw new UsageError('NO_SUCH_ADDRESS', `${text} has no ${family} address`, {
      hint: otherFamily(pod.addresses, family),
    });
  }
  if (elsewhere) {
    if (receiver.way === 'ClusterIP') throw translatedElsewhere(text, pod.node ?? '', receiver);
    const notes = [`${text} runs on ${pod.node}: what its own node does to the packet before is not walked`];
    return { kind: 'outside', address, text: `${text} (${address})`, pod: undefined, notes };
  }
  const notes = [
    ...(pod.node === undefined || view.name === '' ? [`${text} is taken to run on this node`] : []),
    ...(hasEnded(pod) ? [`${text} has ended: another may have its address by now`] : []),
  ];
  return { kind: 'pod', address, text: `${text} (${address})`, pod, notes };
}

/** A cluster IP never leaves the node of who asks for it. */
function translatedElsewhere(text: string, node: string, { text: to }: Receiver): UsageError {
  return new UsageError('OTHER_NODE', `${text} runs on ${node}, where ${to} is translated, not here`, {
    hint: `Walk that node: --on ${node}, or a capture of it`,
  });
}

function ofNode(view: NodeView, node: Node | undefined, receiver: Receiver): Sender {
  const { family } = receiver;
  const name = node?.name ?? view.name;
  if (name === view.name || view.name === '') {
    return {
      kind: 'own',
      address: undefined,
      text: name === '' ? 'the node itself' : `node ${name} itself`,
      pod: undefined,
      notes: [],
    };
  }
  if (receiver.way === 'ClusterIP') throw translatedElsewhere(`a process on ${name}`, name, receiver);
  const addresses = (node?.addresses ?? []).map((each) => each.address);
  const address = addresses.find((each) => familyOf(each) === family);
  if (address === undefined) {
    throw new UsageError('NO_SUCH_ADDRESS', `node ${name} has no ${family} address`, {
      hint: otherFamily(addresses, family),
    });
  }
  const notes = [`what ${name} itself does to the packet before is not walked`];
  return { kind: 'outside', address, text: `node ${name} (${address})`, pod: undefined, notes };
}

function ofAddress(view: NodeView, address: Address, receiver: Receiver, facts: NodeFacts): Sender {
  const { family } = receiver;
  if (familyOf(address) !== family) {
    throw new UsageError('OTHER_FAMILY', `${address} cannot send to ${receiver.text}, which is ${family}`, {
      hint: `Give an ${family} address, or --family`,
    });
  }
  if (addressType(facts, family, address) === 'LOCAL' || contains('127.0.0.0/8', address) || address === '::1') {
    return { kind: 'own', address, text: `the node itself (${address})`, pod: undefined, notes: [] };
  }
  const pod = view.cluster && podAt(view.cluster.index, address);
  if (pod !== undefined) return ofPod(view, pod, receiver);
  return { kind: 'outside', address, text: address, pod: undefined, notes: [] };
}

function otherFamily(addresses: readonly string[], family: Family): string {
  const other = family === 'IPv4' ? 'IPv6' : 'IPv4';
  return addresses.some((each) => familyOf(each) === other)
    ? `It has one of ${other}: give --family ${other.toLowerCase()}`
    : 'Give an address with --from';
}
