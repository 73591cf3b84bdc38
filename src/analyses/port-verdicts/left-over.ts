// A way in that the rules have and the API does not give any more.
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { onNode, wayName } from '../words.ts';

/** It was asked for by an address or node port that the API gave it once. */
export function leftOver(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  if (!state.leftovers.includes(main)) return undefined;
  return {
    state: 'degraded',
    cause: 'kube-proxy',
    sentence: `${wayName(main)} of ${portText(state.name)} is left over ${onNode(view)}: the API does not give it to the Service any more, and kube-proxy has not followed`,
  };
}
