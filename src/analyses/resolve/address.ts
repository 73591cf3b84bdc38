// An address, with a port or without: a way in, or else whatever has it, or nobody's.
import { hostPort } from '../../address.ts';
import { podAt } from '../../cluster/cluster-index.ts';
import type { ServicePort } from '../../proxiers/service-ports.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Target } from '../target.ts';
import { fits, narrowed } from './narrowed.ts';
import { nobodyAt } from './nobody.ts';
import { leadingTo } from './pod.ts';
import type { Subject } from './subject.ts';

type AddressTarget = Extract<Target, { kind: 'address' }>;

export function resolveAddress(view: NodeView, target: AddressTarget, states: readonly PortState[]): Subject {
  const text = textOf(target);
  return (
    wayAt(target, text, states) ??
    passedOnAt(view, target, text, states) ??
    nodeAt(view, target, text, states) ??
    podWith(view, target, states) ??
    backendAt(target, text, states) ??
    nobodyAt(target.address, text, states)
  );
}

function textOf({ address, port, protocol }: AddressTarget): string {
  const suffix = protocol === undefined ? '' : `/${protocol.toLowerCase()}`;
  return (port === undefined ? address : hostPort(address, port)) + suffix;
}

function wayAt(
  { address, port, protocol }: AddressTarget,
  text: string,
  states: readonly PortState[],
): Subject | undefined {
  const ways = narrowed(states, (way, is) => way.address === address && fits(port, way.port) && fits(protocol, is));
  return ways.length === 0 ? undefined : { kind: 'way', text, states: ways };
}

function passedOnAt(
  view: NodeView,
  target: AddressTarget,
  text: string,
  states: readonly PortState[],
): Subject | undefined {
  const port = passedOnPort(view, target);
  if (port === undefined) return undefined;
  const own = states.filter((state) => state.port === port);
  return { kind: 'passed-on', text, port, why: own.length === 0 ? 'family' : 'ip-mode', states: own };
}

function passedOnPort(view: NodeView, { address, port, protocol }: AddressTarget): ServicePort | undefined {
  return view.cluster?.ports.find(
    (each) =>
      [each.clusterIP, ...each.externalIPs, ...each.loadBalancerIPs, ...each.proxyModeIPs].includes(address) &&
      fits(port, each.port) &&
      fits(protocol, each.name.protocol),
  );
}

/** With the node ports that are open there. */
function nodeAt(
  view: NodeView,
  { address, port, protocol }: AddressTarget,
  text: string,
  states: readonly PortState[],
): Subject | undefined {
  const node = view.cluster?.index.nodesByAddress.get(address);
  if (node === undefined) return undefined;
  const open = narrowed(states, (way, is) => way.type === 'NodePort' && fits(port, way.port) && fits(protocol, is));
  return { kind: 'node', name: node.name, address: text, states: open };
}

function podWith(view: NodeView, { address }: AddressTarget, states: readonly PortState[]): Subject | undefined {
  const pod = view.cluster && podAt(view.cluster.index, address);
  if (pod === undefined) return undefined;
  return { kind: 'pod', name: `${pod.namespace}/${pod.name}`, pod, states: leadingTo(states, pod) };
}

function backendAt(
  { address, port, protocol }: AddressTarget,
  text: string,
  states: readonly PortState[],
): Subject | undefined {
  const leading = states.filter(
    (state) =>
      state.backends.some((each) => each.address === address && fits(port, each.port)) &&
      fits(protocol, state.name.protocol),
  );
  return leading.length === 0 ? undefined : { kind: 'backend', text, states: leading };
}
