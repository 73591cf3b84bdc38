// Ways in that the API gives a service port and that no rule of the node takes.
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { count, listing, onNode, wayName } from '../words.ts';

export function unserved(view: NodeView, state: PortState, main: Frontend | undefined): Verdict | undefined {
  const [lacking] = state.missingWays;
  if (lacking === undefined || (main !== undefined && !state.leftovers.includes(main))) return undefined;
  const endpoints = state.endpoints.filter(({ ready }) => ready).length;
  const offer =
    endpoints === 0
      ? ', not even the one that refuses, for want of endpoints,'
      : ` although the API offers ${count(endpoints, 'ready endpoint')}`;
  return {
    state: 'unreachable',
    cause: 'kube-proxy',
    sentence:
      `kube-proxy has written no rule for ${portText(state.name)} at ${wayName(lacking)} ${onNode(view)}${offer}${stillFor(state)}`
        .replace(',;', ';')
        .replace(/,$/, ''),
  };
}

export function stillFor({ leftovers }: PortState): string {
  return leftovers.length === 0 ? '' : `; its rules are still for ${listing(leftovers.map(wayName))}`;
}
