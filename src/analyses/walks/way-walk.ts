// A new connection to a way in of a service port, from the clients that it is for: pods of this node for a cluster IP,
// clients from outside for the others.
import { type Address, hostPort } from '../../address.ts';
import { isZero } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import { mainRoute } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { nodePortAddress, podAddress, strangerAddress } from './clients.ts';
import { firstPacket } from './first-packet.ts';
import { type Walked, walkConnection } from './obstacle.ts';

/** Whether kube-proxy's rules lead its clients to backends: only then there is a way that others could bar. */
export function isOpen(frontend: Frontend): boolean {
  const { action, through } = mainRoute(frontend);
  if (action !== 'balance' || frontend.shadowedBy !== undefined) return false;
  return through.some(({ balance }) => balance.backends.some(({ share }) => !isZero(share)));
}

/** `undefined` where the way leads nowhere, or no client's address is known. */
export function walkWay(view: NodeView, state: PortState, frontend: Frontend): Walked | undefined {
  const walks = known.get(view) ?? new Map<Frontend, Walked | undefined>();
  known.set(view, walks);
  if (!walks.has(frontend)) walks.set(frontend, walked(view, state, frontend));
  return walks.get(frontend);
}

/** A verdict and the findings beside it ask for the same. */
const known = new WeakMap<NodeView, Map<Frontend, Walked | undefined>>();

function walked(view: NodeView, state: PortState, frontend: Frontend): Walked | undefined {
  if (!isOpen(frontend)) return undefined;
  const { family, type, port, protocol } = frontend;
  const pods = type === 'ClusterIP';
  const destination = destinationOf(view, frontend);
  const own = frontend.balances.flatMap(({ backends }) => backends);
  const avoid = pods ? [...state.endpoints, ...own].map(({ address }) => address) : [];
  const source = pods ? podAddress(view, family, avoid) : strangerAddress(view, family, frontend.sourceRanges);
  if (source === undefined || destination === undefined) return undefined;
  const backends = new Set(own.map((each) => hostPort(each.address, each.port)));
  return walkConnection(view, firstPacket({ family, source, destination, protocol, port }), pods, backends);
}

function destinationOf(view: NodeView, { address, family, openOn }: Frontend): Address | undefined {
  return address ?? nodePortAddress(view, family, openOn);
}
