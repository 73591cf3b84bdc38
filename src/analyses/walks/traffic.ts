// Connections that are walked, each with the words for it. For a question about Services every way in; for one about the
// node one from pod to pod past all Services, too, and in a large cluster a few that stand for all.
import { isZero } from '../../netfilter/fraction.ts';
import type { AskedTraffic } from '../checks/check.ts';
import { portText } from '../checks/check.ts';
import { mainRoute } from '../main-way.ts';
import { isTrusted, type NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { wayName } from '../words.ts';
import { podAddress } from './clients.ts';
import { firstPacket } from './first-packet.ts';
import { type Walked, walkConnection } from './obstacle.ts';
import { isOpen, walkWay } from './way-walk.ts';

export interface Traffic {
  /** `connections from pods to cluster IP 10.96.0.1:443 of default/kubernetes:https`. */
  readonly text: string;
  readonly walked: Walked;
}

export function walkTraffic(view: NodeView, { states, each }: AskedTraffic): readonly Traffic[] {
  const all = () => states.flatMap((state) => state.frontends.flatMap((frontend) => wayTraffic(view, state, frontend)));
  if (each) return all();
  return [...podToPod(view, states), ...(states.length <= few ? all() : samples(view, states))];
}

/** Each way is walked through rules for all: the cost grows with the square. */
const few = 100;

function wayTraffic(view: NodeView, state: PortState, frontend: PortState['frontends'][number]): readonly Traffic[] {
  const walked = walkWay(view, state, frontend);
  if (walked === undefined) return [];
  return [
    { text: `connections from ${clientOf(frontend)} to ${wayName(frontend)} of ${portText(state.name)}`, walked },
  ];
}

/** For whom a way in is. */
export function clientOf({ type }: PortState['frontends'][number]): 'pods' | 'outside' {
  return type === 'ClusterIP' ? 'pods' : 'outside';
}

/** One of each kind in each family. Which Services they are is the same at every run. */
function samples(view: NodeView, states: readonly PortState[]): readonly Traffic[] {
  const wanted = new Set(['IPv4 pods', 'IPv4 outside', 'IPv6 pods', 'IPv6 outside']);
  const found: Traffic[] = [];
  for (const state of states) {
    if (wanted.size === 0) break;
    for (const frontend of state.frontends) {
      const kind = `${state.family} ${clientOf(frontend)}`;
      if (!wanted.has(kind) || !isOpen(frontend) || frontend.sourceRanges.length > 0) continue;
      const traffic = wayTraffic(view, state, frontend);
      if (traffic.length > 0) wanted.delete(kind);
      found.push(...traffic);
    }
  }
  return found;
}

/** What the CNI alone has to let through: kube-proxy's rules have no part in it. */
function podToPod(view: NodeView, states: readonly PortState[]): readonly Traffic[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) => {
    if (!isTrusted(view, family)) return [];
    const source = podAddress(view, family);
    const state = states.find((each) => each.family === family && each.name.protocol === 'TCP' && backendOf(each));
    const backend = state && backendOf(state);
    if (state === undefined || backend === undefined || source === undefined || source === backend.address) return [];
    const { address: destination, port } = backend;
    const packet = firstPacket({ family, source, destination, protocol: state.name.protocol, port });
    return [{ text: 'connections from pods to pods', walked: walkConnection(view, packet, true) }];

    function backendOf({ frontends, endpoints }: PortState) {
      const ready = new Set(endpoints.filter((endpoint) => endpoint.ready).map(({ address }) => address));
      return frontends
        .filter(({ type }) => type === 'ClusterIP')
        .flatMap((frontend) => mainRoute(frontend).through.flatMap(({ balance }) => balance.backends))
        .find(({ address, share }) => !isZero(share) && (ready.size === 0 || ready.has(address)) && !isOfNode(address));
    }

    function isOfNode(address: string): boolean {
      return view.cluster?.index.nodesByAddress.has(address) === true;
    }
  });
}
