// A service port that works for some connections, backends or ways in only, since kube-proxy has not followed the API.
import { isZero } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import { lackOf } from '../checks/missing.ts';
import { asks, keeps, unfollowed } from '../checks/other-affinity.ts';
import { isEntitled } from '../checks/refused.ts';
import { faultOf } from '../checks/uneven.ts';
import { mainRoute } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { count, listing, onNode, percent, wayName } from '../words.ts';
import { someStale } from './stale-backends.ts';
import { stillFor } from './ways-not-served.ts';

export function degraded(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const sentence =
    someStale(view, state, main) ??
    leaking(view, state, main) ??
    lacking(view, state) ??
    shut(view, state) ??
    faulty(view, state) ??
    otherAffinity(view, state) ??
    unwritten(view, state);
  return sentence === undefined ? undefined : { state: 'degraded', cause: 'kube-proxy', sentence };
}

function leaking(view: NodeView, { name }: PortState, main: Frontend): string | undefined {
  const leak = mainRoute(main).through.find(({ balance }) => !isZero(balance.leak))?.balance;
  if (leak === undefined) return undefined;
  return `${percent(leak.leak)} of new connections to ${portText(name)} ${onNode(view)} get no backend: ${leak.chain} ends before its shares add up to 1`;
}

function lacking(view: NodeView, state: PortState): string | undefined {
  const addresses = [...new Set(lackOf(state).map(({ address }) => address))];
  if (addresses.length === 0) return undefined;
  return `${portText(state.name)} is reachable ${onNode(view)}, but kube-proxy has written no rule for ${count(addresses.length, 'endpoint')} that the API offers (${listing(addresses)})`;
}

/** Ways in that refuse, beside one that does not. */
function shut(view: NodeView, state: PortState): string | undefined {
  const { cluster } = view;
  if (cluster === undefined) return undefined;
  const ways = state.frontends.filter((frontend) => isEntitled(frontend, state, cluster, ['reject', 'drop', 'none']));
  if (ways.length === 0) return undefined;
  return `${portText(state.name)} is reachable at its cluster IP ${onNode(view)}, but ${listing(ways.map(wayName))} ${ways.length === 1 ? 'is' : 'are'} refused there although the API offers endpoints`;
}

function faulty(view: NodeView, { name, balances }: PortState): string | undefined {
  const balance = balances.find((each) => faultOf(each) !== undefined);
  return balance && `${portText(name)} is reachable ${onNode(view)}, but ${balance.chain} ${faultOf(balance)}`;
}

function otherAffinity(view: NodeView, state: PortState): string | undefined {
  const [balance] = unfollowed(state);
  if (balance === undefined) return undefined;
  return `${portText(state.name)} is reachable ${onNode(view)}, but kube-proxy has not followed its session affinity: ${balance.chain} ${keeps(balance.affinitySeconds)}, the Service asks for ${asks(state.port?.affinitySeconds)}`;
}

function unwritten(view: NodeView, state: PortState): string | undefined {
  if (state.missingWays.length === 0) return undefined;
  return `${portText(state.name)} is reachable at its cluster IP ${onNode(view)}, but kube-proxy has written no rule for ${listing(state.missingWays.map(wayName))}${stillFor(state)}`;
}
