// Connections that the rules take and lead to no backend: a rule on the way is not understood, or the chain just ends.
import { isZero } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import { mainRoute } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { onNode, wayText } from '../words.ts';
import { ruleText } from './rule-text.ts';

export function noBackend(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  return undecided(view, state, main) ?? deadEnd(view, state, main);
}

function undecided(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const route = mainRoute(main);
  const balance = route.through.find((each) => !isZero(each.balance.undecided))?.balance;
  const rule = route.action === 'undecided' ? route.rule : balance?.undecidedAt;
  if (rule === undefined) return undefined;
  return {
    state: 'unknown',
    cause: 'none',
    sentence: `where connections to ${portText(state.name)} go ${onNode(view)} depends on ${ruleText(rule)}, which is not understood`,
  };
}

function deadEnd(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const route = mainRoute(main);
  const empty =
    route.action === 'none' ||
    (route.action === 'balance' && route.through.every(({ balance }) => balance.backends.length === 0));
  if (!empty) return undefined;
  return {
    state: 'unreachable',
    cause: 'kube-proxy',
    sentence: `connections to ${portText(state.name)} at ${wayText(main)} get no backend ${onNode(view)}: ${main.chain ?? 'its chain'} ends without one`,
  };
}
