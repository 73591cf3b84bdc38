// KPR203: the API offers it and the rules lack it: an endpoint, or a whole way in.
import { hostPort } from '../../address.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { listing, onNode, ruleEvidence, wayName } from '../words.ts';
import { type Check, type PortGroup, portSubject, portText, raise } from './check.ts';

export const missing: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR203'],
  run: (view, group) =>
    view.cluster === undefined ? [] : [...missingWays(view, group), ...missingBackends(view, group)],
};

function missingWays(view: NodeView, group: PortGroup): readonly Finding[] {
  const ways = group.flatMap((state) => state.missingWays);
  const [first] = group;
  if (ways.length === 0 || first === undefined) return [];
  const whole = group.every(
    (state) => state.frontends.length === 0 || state.frontends.length === state.leftovers.length,
  );
  const what = whole
    ? `no rule ${onNode(view)} serves ${portText(first.name)}`
    : `no rule ${onNode(view)} serves ${portText(first.name)} at`;
  const created = first.port?.service.created;
  return [
    raise('KPR203', view, {
      subject: portSubject(first.name),
      message: whole
        ? `${what}: packets for ${listing(ways.map(wayName))} leave the node as they are`
        : `${what} ${listing(ways.map(wayName))}`,
      evidence: [
        {
          kind: 'object',
          object: `Service ${first.name.namespace}/${first.name.name}`,
          says: `has ${listing(ways.map(wayName), 6)}${created === undefined ? '' : `; created ${created}`}`,
        },
      ],
    }),
  ];
}

/** Where a way in is missing or refused altogether, that is the finding; a lack of one endpoint is another. */
function missingBackends(view: NodeView, group: PortGroup): readonly Finding[] {
  const lacking = group.flatMap((state) => lackOf(state));
  const [first] = group;
  if (lacking.length === 0 || first === undefined) return [];
  const ids = [...new Set(lacking.map(({ address, port }) => hostPort(address, port)))];
  const balances = group.flatMap((state) => state.balances);
  return [
    raise('KPR203', view, {
      subject: portSubject(first.name),
      message: `${listing(ids)} ${ids.length === 1 ? 'is an endpoint' : 'are endpoints'} of ${portText(first.name)} and no rule ${onNode(view)} leads there`,
      evidence: [
        ...lacking.map(({ address, port, node }) => ({
          kind: 'object' as const,
          object: `EndpointSlices of ${first.name.namespace}/${first.name.name}`,
          says: `${hostPort(address, port)} is ready${node === '' ? '' : ` on ${node}`}`,
        })),
        ...balances.flatMap(({ rules }) => rules.slice(-1).map(ruleEvidence)),
      ],
      ...(ids[0] !== undefined && { address: ids[0] }),
    }),
  ];
}

export function lackOf(state: PortState): PortState['backends'] {
  return state.backends.filter(
    ({ state: condition, policy }) =>
      condition === 'missing' && state.balances.some((balance) => balance.policy === policy),
  );
}
