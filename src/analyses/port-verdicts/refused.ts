// Rules that reject or drop every connection: rightly for want of endpoints, by design of a policy, or wrongly.
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import { elsewhere, lacksLocal } from '../checks/local-policy.ts';
import { hasNoEndpoints } from '../checks/no-endpoints.ts';
import { policyOf } from '../checks/refused.ts';
import { mainRoute } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { surelyWanted } from '../wanted.ts';
import { whyNoEndpoints } from '../why-no-endpoints.ts';
import { count, listing, onNode, wayText } from '../words.ts';
import { refusalComment } from './refusal-comment.ts';

export function refused(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const { action } = mainRoute(main);
  if (action !== 'reject' && action !== 'drop') return undefined;
  const what = `${portText(state.name)} at ${wayText(main)}`;
  const fact = `connections to ${what} are ${action === 'reject' ? 'refused' : 'dropped'} ${onNode(view)}`;
  const { cluster } = view;
  if (cluster === undefined || state.port === undefined) {
    return {
      state: 'unreachable',
      cause: 'none',
      sentence: `${fact}: ${refusalComment(main)}; the API objects would tell whether that is right`,
    };
  }
  if (hasNoEndpoints(state.wanted)) {
    return {
      state: 'unreachable',
      cause: 'api',
      sentence: `${fact} and kube-proxy is right: the API offers no usable endpoint, because ${whyNoEndpoints(state.port, cluster).because}`,
    };
  }
  // Dropped is who is outside the ranges: that is what was asked for.
  if (main.sourceRanges.length > 0 && action === 'drop') return undefined;
  const policy = policyOf(main, state);
  const offered = surelyWanted(state.wanted, policy, cluster);
  if (offered.length > 0) {
    const local = policy === 'Local' ? ` ${onNode(view)} itself` : '';
    return {
      state: 'unreachable',
      cause: 'kube-proxy',
      sentence: `kube-proxy still ${action === 'reject' ? 'refuses' : 'drops'} connections to ${what} ${onNode(view)}, although the API offers ${count(offered.length, 'endpoint')}${local} (${listing(offered.map(({ id }) => id))})`,
    };
  }
  if (lacksLocal(state, cluster)) {
    const field = main.type === 'ClusterIP' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
    return {
      state: 'by-design',
      cause: 'api',
      sentence: `${fact}: its ${field} is Local and no endpoint is on this node; ${elsewhere(state)}`,
    };
  }
  return {
    state: 'unknown',
    cause: 'none',
    sentence: `${fact}; whether that is right depends on facts that were not given (the node's name, kube-proxy's release)`,
  };
}
