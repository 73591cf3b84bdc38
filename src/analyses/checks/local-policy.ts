// KPR101: a Local traffic policy, endpoints elsewhere and none on this node. By design its traffic is dropped here.
import type { ClusterView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { listing, onNode, wayName } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const localPolicy: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR101'],
  run: (view, group) => {
    const { cluster } = view;
    if (cluster === undefined) return [];
    const state = group.find((each) => lacksLocal(each, cluster));
    if (state === undefined) return [];
    return [
      raise('KPR101', view, {
        subject: portSubject(state.name),
        message: `${portText(state.name)} has no endpoint ${onNode(view)}, and its ${policies(state)} is Local: ${whatIsDropped(state)} ${onNode(view)}; ${elsewhere(state)}`,
        evidence: state.frontends
          .flatMap(({ routes }) => routes.outside.rule ?? [])
          .slice(0, 4)
          .map((rule) => ({
            kind: 'rule' as const,
            ...rule.ref,
            text: rule.text,
          })),
      }),
    ];
  },
};

export function lacksLocal({ wanted }: PortState, { topology }: ClusterView): boolean {
  if (topology.name === undefined || wanted.length === 0) return false;
  return wanted.every(({ local, hasEndpoints }) => local !== undefined && local.length === 0 && hasEndpoints);
}

function policies({ port }: PortState): string {
  const names = [
    ...(port?.internalPolicyLocal === true ? ['internalTrafficPolicy'] : []),
    ...(port?.externalPolicyLocal === true ? ['externalTrafficPolicy'] : []),
  ];
  return listing(names);
}

function whatIsDropped({ port, frontends }: PortState): string {
  const outside = frontends.filter(({ type }) => type !== 'ClusterIP').map(wayName);
  const dropped = [
    ...(port?.internalPolicyLocal === true ? ['connections to its cluster IP'] : []),
    ...(port?.externalPolicyLocal === true && outside.length > 0
      ? [`connections from outside to ${listing(outside)}`]
      : []),
  ];
  return `${dropped.length === 0 ? 'its connections' : dropped.join(' and ')} are dropped`;
}

/** Where the endpoints are, so that a load balancer's choice of nodes can be checked. */
export function elsewhere({ endpoints }: PortState): string {
  const nodes = [
    ...new Set(endpoints.filter(({ ready }) => ready).map(({ nodeName }) => nodeName ?? 'an unknown node')),
  ].sort();
  return nodes.length === 0 ? 'no node has a ready one' : `its endpoints are on ${listing(nodes)}`;
}
