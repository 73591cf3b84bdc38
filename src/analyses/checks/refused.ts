// KPR202: the node refuses a service port although the API offers endpoints for it; KPR102 where the endpoint is on
// this very node and kube-proxy does not see that it is; KPR203 where its chains just end.
import type { Frontend } from '../../proxiers/dispatch.ts';
import type { Finding } from '../../report/finding.ts';
import type { ClusterView, NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { surelyWanted } from '../wanted.ts';
import { count, listing, onNode, ruleEvidence, wayName } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const refused: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR202', 'KPR102', 'KPR203'],
  run: (view, group) => {
    const { cluster } = view;
    if (cluster === undefined) return [];
    return group.flatMap((state) => [...refusal(view, cluster, state), ...deadEnd(view, cluster, state)]);
  },
};

function refusal(view: NodeView, cluster: ClusterView, state: PortState): readonly Finding[] {
  const wrongly = state.frontends.filter((frontend) => isEntitled(frontend, state, cluster, ['reject', 'drop']));
  if (wrongly.length === 0) return [];
  const local = wrongly.some((frontend) => policyOf(frontend, state) === 'Local');
  const endpoints = surelyWanted(state.wanted, local ? 'Local' : 'Cluster', cluster);
  const rules = [...new Set(wrongly.flatMap(({ routes }) => Object.values(routes).flatMap(({ rule }) => rule ?? [])))];
  const ways = listing(wrongly.map(wayName));
  const ids = listing(endpoints.map(({ id }) => id));
  const mistaken = local && rules.some(({ target }) => target.kind === 'verdict');
  const finding = raise(mistaken ? 'KPR102' : 'KPR202', view, {
    subject: portSubject(state.name),
    message: mistaken
      ? `${ways} of ${portText(state.name)} is dropped for want of a local endpoint, yet ${ids} ${endpoints.length === 1 ? 'is' : 'are'} ${onNode(view)}: does kube-proxy know its node by another name?`
      : `${ways} of ${portText(state.name)} is refused ${onNode(view)}, yet the API offers ${count(endpoints.length, 'endpoint')}: ${ids}`,
    evidence: [
      ...rules.map(ruleEvidence),
      ...endpoints.slice(0, 4).map((endpoint) => ({
        kind: 'object' as const,
        object: `EndpointSlice ${state.name.namespace}/${endpoint.slice}`,
        says: `${endpoint.id} is ${endpoint.ready ? 'ready' : 'terminating and serving'}`,
      })),
    ],
  });
  return [finding];
}

/** A rule takes the traffic, and the chain it leads to ends without a backend. */
function deadEnd(view: NodeView, cluster: ClusterView, state: PortState): readonly Finding[] {
  const dead = state.frontends.filter((frontend) => isEntitled(frontend, state, cluster, ['none']));
  if (dead.length === 0) return [];
  const chains = [...new Set(dead.map(({ chain }) => chain ?? ''))];
  return [
    raise('KPR203', view, {
      subject: portSubject(state.name),
      message: `${listing(dead.map(wayName))} of ${portText(state.name)} leads ${onNode(view)} to ${listing(chains)}, which ends without a backend`,
      evidence: dead.flatMap(({ rules }) => rules.map(ruleEvidence)),
    }),
  ];
}

/** Which endpoints an outside client, or a pod for a cluster IP, is entitled to. */
export function policyOf(frontend: Frontend, { port }: PortState): 'Cluster' | 'Local' {
  const local = frontend.type === 'ClusterIP' ? port?.internalPolicyLocal : port?.externalPolicyLocal;
  return local === true ? 'Local' : 'Cluster';
}

/** A frontend that ends in one of these ways although its clients have a right to endpoints. */
export function isEntitled(
  frontend: Frontend,
  state: PortState,
  cluster: ClusterView,
  actions: readonly Frontend['routes']['pods']['action'][],
): boolean {
  if (frontend.shadowedBy !== undefined) return false;
  const route = frontend.type === 'ClusterIP' ? frontend.routes.pods : frontend.routes.outside;
  return actions.includes(route.action) && surelyWanted(state.wanted, policyOf(frontend, state), cluster).length > 0;
}
