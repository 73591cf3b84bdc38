// From a target to what it means on this node and in this API: which service ports, which pod, which chain. A name that
// nothing has gets the nearest names.
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';
import { resolveAddress } from './resolve/address.ts';
import { resolveChain } from './resolve/chain.ts';
import { resolveNodePort } from './resolve/node-port.ts';
import { resolvePod } from './resolve/pod.ts';
import { resolveService } from './resolve/service.ts';
import type { Subject } from './resolve/subject.ts';
import type { Target } from './target.ts';

/** Throws UsageError where a name, port or chain is not there, with the nearest that are. */
export function resolveTarget(view: NodeView, target: Target, states: readonly PortState[]): Subject {
  switch (target.kind) {
    case 'service':
      return resolveService(view, target, states);
    case 'address':
      return resolveAddress(view, target, states);
    case 'node-port':
      return resolveNodePort(view, target, states);
    case 'pod':
      return resolvePod(view, target, states);
    case 'chain':
      return resolveChain(view, target, states);
    default:
      return target satisfies never;
  }
}
