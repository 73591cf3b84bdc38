// Connections that do not get as far as the way in: another rule takes them first, or no jump leads there.
import type { Dispatch, FirstTaker, Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { onNode, place, wayName } from '../words.ts';
import { ruleText } from './rule-text.ts';

export function notReached(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const what = `${wayName(main)} of ${portText(state.name)}`;
  if (main.shadowedBy !== undefined) {
    return {
      state: 'unreachable',
      cause: 'api',
      sentence: `${what} is claimed by another Service too, whose rule stands first ${onNode(view)} (${place(main.shadowedBy)}) and gets every connection`,
    };
  }
  const dispatch = view.dispatches.find(({ family }) => family === state.family);
  const taker = firstTaker(view, dispatch, main);
  switch (taker?.kind) {
    case 'other':
      return {
        state: 'unreachable',
        cause: 'foreign-rule',
        sentence: `connections to ${what} are taken ${onNode(view)} before they reach kube-proxy's rules, by ${ruleText(taker.rule)}`,
      };
    case 'perhaps':
      return {
        state: 'unknown',
        cause: 'foreign-rule',
        sentence: `whether connections to ${what} reach kube-proxy's rules ${onNode(view)} depends on ${ruleText(taker.rule)}, which cannot be decided from the text`,
      };
    case 'passed-by':
      return {
        state: 'unreachable',
        cause: 'foreign-rule',
        sentence: `kube-proxy's rules for ${what} are there and nothing leads to them ${onNode(view)}: ${whatIsMissing(dispatch)}`,
      };
    default:
      return undefined;
  }
}

/** Cluster IPs are for pods; the other ways in are judged by clients from outside. */
function firstTaker(view: NodeView, dispatch: Dispatch | undefined, main: Frontend): FirstTaker | undefined {
  const client = main.type === 'ClusterIP' ? 'pods' : 'outside';
  return dispatch?.firstTaker(main, client, nodeAddress(view, dispatch));
}

/** One that node ports are open on. */
function nodeAddress(view: NodeView, { family, nodePortAddresses }: Dispatch): string | undefined {
  if (nodePortAddresses !== 'any' && nodePortAddresses[0] !== undefined) return nodePortAddresses[0];
  const addresses = view.cluster?.node?.addresses ?? [];
  return addresses.find(({ address }) => address.includes(':') === (family === 'IPv6'))?.address;
}

function whatIsMissing(dispatch: Dispatch | undefined): string {
  const jump = dispatch?.missingJumps[0];
  return jump === undefined ? 'no jump leads to it' : `${jump.table}/${jump.from} has no jump to ${jump.to}`;
}
