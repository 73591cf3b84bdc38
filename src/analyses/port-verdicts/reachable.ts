// Nothing is wrong: how connections are shared among the backends, and what a client should know beside that.
import { hostPort } from '../../address.ts';
import { isZero, toNumber } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import type { BackendState } from '../backend-state.ts';
import { portText } from '../checks/check.ts';
import { mainBackends } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { onNode, percent, wayText } from '../words.ts';
import { conditions } from './conditions.ts';
import { otherWays } from './other-ways.ts';

export function reachable(view: NodeView, state: PortState, main: Frontend): Verdict {
  const backends = mainBackends(state, main).filter(({ share }) => !isZero(share));
  const agrees = view.cluster === undefined ? 'the rules' : 'the rules agree with the API and';
  const sentence = [
    `${portText(state.name)} is reachable ${onNode(view)}: ${agrees} ${sharing(backends, main)}`,
    ...conditions(state, main),
    ...otherWays(view, state, main),
  ].join('; ');
  return { state: 'reachable', cause: 'none', sentence };
}

/** Neither the rules nor the API have a way in. */
export function noRule(view: NodeView, { name }: PortState): Verdict {
  return { state: 'unknown', cause: 'none', sentence: `no rule ${onNode(view)} is for ${portText(name)}` };
}

/** `share new connections to 10.96.0.10:80 evenly among 3 backends, 33.3 % each` */
function sharing(backends: readonly BackendState[], main: Frontend): string {
  const [first] = backends;
  const at = wayText(main);
  if (first === undefined) return `send connections to ${at} on`;
  const terminating = backends.every(({ state }) => state === 'terminating');
  if (backends.length === 1) {
    const why = terminating ? ', which is terminating: nothing is ready' : '';
    return `send every new connection to ${at} to ${first.pod || hostPort(first.address, first.port)}${why}`;
  }
  const among = `among ${backends.length} ${terminating ? 'terminating ' : ''}backends`;
  const fair = 1 / backends.length;
  const even = backends.every(({ share }) => Math.abs(toNumber(share) - fair) < 1e-4);
  const shares = even ? `evenly ${among}, ${percent(first.share)} each` : `unevenly ${among}`;
  return `share new connections to ${at} ${shares}`;
}
