// KPR201: rules for what the API does not offer any more. Backends in no EndpointSlice, addresses that the Service no
// longer has, whole Services that are gone.
import { hostPort } from '../../address.ts';
import { servicePortNameString } from '../../proxiers/service-ports.ts';
import type { Finding } from '../../report/finding.ts';
import type { BackendState } from '../backend-state.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { count, listing, onNode, percent, ruleEvidence, sum, wayName } from '../words.ts';
import { type Check, type PortGroup, portSubject, portText, raise } from './check.ts';

export const stale: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR201'],
  run: (view, group) => {
    if (view.cluster === undefined) return [];
    const known = group.some(({ port }) => port !== undefined);
    return known ? [...staleBackends(view, group), ...leftWays(view, group)] : goneService(view, group);
  },
};

/** In rules that kube-proxy should not have: no reading of its release uses them. */
export function unwantedBackends(states: readonly PortState[]): readonly BackendState[] {
  return states.flatMap(({ backends }) => backends.filter(({ unwanted }) => unwanted !== undefined));
}

function staleBackends(view: NodeView, group: PortGroup): readonly Finding[] {
  const backends = unwantedBackends(group);
  const [first] = group;
  if (backends.length === 0 || first === undefined) return [];
  const loss = group.flatMap((state) => lossOf(state) ?? []);
  const ids = [...new Set(backends.map(({ address, port }) => hostPort(address, port)))];
  const reasons = [...new Set(backends.map(({ unwanted }) => unwanted ?? ''))];
  const what = `${listing(ids)} ${ids.length === 1 ? 'is' : 'are'} still in the rules for ${portText(first.name)}`;
  const why =
    reasons.length === 1
      ? `: ${ids.length === 1 ? reasons[0] : plural(reasons[0] ?? '')}`
      : `: ${listing(backends.map((each) => `${hostPort(each.address, each.port)} (${each.unwanted})`))}`;
  const where =
    loss.length === 0
      ? ''
      : `; ${listing([...new Set(loss)])} of new connections ${onNode(view)} go there${group.length > 1 && loss.length > 1 ? ', in both families' : ''}`;
  return [
    raise('KPR201', view, {
      subject: portSubject(first.name),
      message: `${what}${why}${where}`,
      evidence: [
        ...backends.flatMap(({ rules }) => rules.slice(0, 1).map(ruleEvidence)),
        { kind: 'object', object: `EndpointSlices of ${servicePortNameString(first.name)}`, says: offers(group) },
      ],
      ...(ids[0] !== undefined && { address: ids[0] }),
    }),
  ];
}

/** The reasons of port-state.ts for more than one backend. */
export function plural(reason: string): string {
  return reason
    .replace(/ has it$/, ' has them')
    .replace(/\bit is\b/, 'they are')
    .replace('its EndpointSlice says', 'their EndpointSlices say')
    .replace(/^its /, 'their ');
}

/** The share of new connections to the cluster IP, or where there is none to the first other way in, that is lost. */
export function lossOf(state: PortState): string | undefined {
  const policy = state.port?.internalPolicyLocal === true ? 'Local' : 'Cluster';
  const lost = state.backends.filter((backend) => backend.policy === policy && backend.unwanted !== undefined);
  return lost.length === 0 ? undefined : percent(sum(lost.map(({ share }) => share)));
}

function offers(group: PortGroup): string {
  const ready = group.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.ready).map(({ id }) => id));
  return ready.length === 0
    ? 'offer no ready endpoint'
    : `offer ${count(ready.length, 'ready endpoint')}: ${listing(ready, 6)}`;
}

function leftWays(view: NodeView, group: PortGroup): readonly Finding[] {
  const left = group.flatMap(({ leftovers }) => leftovers);
  const [first] = group;
  if (left.length === 0 || first === undefined) return [];
  return [
    raise('KPR201', view, {
      subject: portSubject(first.name),
      severity: 'warning',
      message: `the rules still take ${listing(left.map(wayName))} for ${portText(first.name)}, which the API no longer gives it`,
      evidence: left.flatMap(({ rules }) => rules.map(ruleEvidence)),
    }),
  ];
}

function goneService(view: NodeView, group: PortGroup): readonly Finding[] {
  const [first] = group;
  const frontends = group.flatMap((state) => state.frontends);
  if (first === undefined || frontends.length === 0) return [];
  const { namespace, name } = first.name;
  const service = view.cluster?.index.services.get(`${namespace}/${name}`);
  const gone =
    service === undefined
      ? `the API has no Service ${namespace}/${name}`
      : 'the Service has no such port for kube-proxy to serve';
  const chains = [...new Set(group.flatMap(({ balances }) => balances.map(({ chain }) => chain)))];
  const holds = chains.length === 0 ? '' : `, in ${listing(chains)}`;
  return [
    raise('KPR201', view, {
      subject: portSubject(first.name),
      severity: 'warning',
      message: `rules for ${portText(first.name)} are left over (${listing(frontends.map(wayName))}${holds}): ${gone}`,
      evidence: frontends.flatMap(({ rules }) => rules.map(ruleEvidence)),
    }),
  ];
}
