// A node port, and the service port that has it.
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Target } from '../target.ts';
import { fits, narrowed } from './narrowed.ts';
import { nobodyAtNodePort } from './nobody.ts';
import type { Subject } from './subject.ts';

export function resolveNodePort(
  view: NodeView,
  { port, protocol }: Extract<Target, { kind: 'node-port' }>,
  states: readonly PortState[],
): Subject {
  const text = `node port ${port}${protocol === undefined ? '' : `/${protocol.toLowerCase()}`}`;
  const found = narrowed(states, (way, is) => way.type === 'NodePort' && way.port === port && fits(protocol, is));
  if (found.length > 0) return { kind: 'way', text, states: found };
  const unread = view.cluster?.ports.find(
    (each) =>
      each.nodePort === port &&
      fits(protocol, each.name.protocol) &&
      view.unread.some(({ family }) => family === each.family),
  );
  return unread === undefined
    ? nobodyAtNodePort(port, text, states)
    : { kind: 'passed-on', text, port: unread, why: 'family', states: [] };
}
