// A node port, and the service port that has it.
import type { PortState } from '../port-state.ts';
import type { Target } from '../target.ts';
import { fits, narrowed } from './narrowed.ts';
import { nobodyAtNodePort } from './nobody.ts';
import type { Subject } from './subject.ts';

export function resolveNodePort(
  { port, protocol }: Extract<Target, { kind: 'node-port' }>,
  states: readonly PortState[],
): Subject {
  const text = `node port ${port}${protocol === undefined ? '' : `/${protocol.toLowerCase()}`}`;
  const found = narrowed(states, (way, is) => way.type === 'NodePort' && way.port === port && fits(protocol, is));
  return found.length > 0 ? { kind: 'way', text, states: found } : nobodyAtNodePort(port, text, states);
}
