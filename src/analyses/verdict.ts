// The one sentence that comes first: can a connection get through on this node, and if not, whose fault is it.
// Built from the first cause that holds, the gravest port deciding; nothing is concluded where the text or a rule is not
// understood.
import type { Service } from '../cluster/snapshot.ts';
import { isZero } from '../netfilter/fraction.ts';
import { serviceProxyName, whyUnserved } from '../proxiers/service-ports.ts';
import { portText } from './checks/check.ts';
import { nodeFindings } from './checks/index.ts';
import { isTrusted, type NodeView, trustedFamilies } from './node-view.ts';
import type { PortState } from './port-state.ts';
import { portVerdict } from './port-verdict.ts';
import { unjudged, withUnjudged } from './unjudged.ts';
import { missedFamilies, whyUnread } from './unread-family.ts';
import type { Verdict, VerdictCause, VerdictState } from './verdict-words.ts';
import { count, listing, onNode, wayName } from './words.ts';

/** No text can be trusted: whatever the rules seem to say, nothing follows. */
export function distrust(view: NodeView): Verdict | undefined {
  if (trustedFamilies(view).length > 0) return undefined;
  const first = nodeFindings(view).find(({ code }) => code.startsWith('KPR9'));
  return {
    state: 'unknown',
    cause: 'node',
    sentence: `nothing can be concluded: ${first?.message ?? 'the text cannot be trusted'}`,
  };
}

/** For a Service that the API has; `states` are its service ports on the node, narrowed to what was asked. */
export function serviceVerdict(view: NodeView, service: Service, states: readonly PortState[]): Verdict {
  return distrust(view) ?? unservedVerdict(view, service, states) ?? worst(view, states, [service]);
}

/**
 * For service ports of any kind: also those the API does not have. The gravest decides, the others are told behind it.
 * `services` are those that were asked about in every family they have.
 */
export function worst(view: NodeView, states: readonly PortState[], services: readonly Service[] = []): Verdict {
  const judged = states
    .filter(({ family }) => isTrusted(view, family))
    .map((state) => ({ state, verdict: portVerdict(view, state) }))
    .sort(byGravity);
  const [first, ...others] = judged;
  if (first === undefined && states.length > 0) return unreadFamily(states);
  if (first === undefined) {
    return { state: 'unknown', cause: 'none', sentence: `there is nothing to look at ${onNode(view)}` };
  }
  const alike = others.filter(
    ({ verdict }) => verdict.state === first.verdict.state && verdict.cause === first.verdict.cause,
  );
  const unlike = others.filter((each) => !alike.includes(each));
  const told = new Set([portText(first.state.name)]);
  const more = names(alike, told);
  const rest = groupsOf(unlike)
    .map(([fate, group]) => [names(group, told), fate] as const)
    .filter(([list]) => list.length > 0);
  const tail = [
    ...(more.length === 0 ? [] : [`the same holds for ${listing(more)}`]),
    ...rest.map(([list, fate]) => `${listing(list)} ${list.length === 1 ? 'is' : 'are'} ${fate}`),
  ];
  const missed = missedFamilies(view.unread, services);
  const given = missed
    .filter(({ gap }) => gap === undefined)
    .map(({ family }) => `this holds for ${family === 'IPv6' ? 'IPv4' : 'IPv6'}: no ${family} rules were given`);
  const verdict = { ...first.verdict, sentence: [first.verdict.sentence, ...tail, ...given].join('; ') };
  const families = states.map(({ family }) => family);
  return withUnjudged(verdict, unjudged(view, families, missed));
}

function unreadFamily(states: readonly PortState[]): Verdict {
  const families = [...new Set(states.map(({ family }) => family))];
  return {
    state: 'unknown',
    cause: 'node',
    sentence: `nothing can be concluded for ${listing(families)}: its text is cut or damaged`,
  };
}

interface Judged {
  readonly state: PortState;
  readonly verdict: Verdict;
}

const gravity: readonly VerdictState[] = ['unreachable', 'unknown', 'degraded', 'by-design', 'reachable'];
const causes: readonly VerdictCause[] = ['kube-proxy', 'foreign-rule', 'node', 'conntrack', 'api', 'none'];

/** Then whose fault it is; then the order of the Service's own ports. */
function byGravity(a: Judged, b: Judged): number {
  return (
    gravity.indexOf(a.verdict.state) - gravity.indexOf(b.verdict.state) ||
    causes.indexOf(a.verdict.cause) - causes.indexOf(b.verdict.cause) ||
    ordinal(a.state) - ordinal(b.state)
  );
}

function ordinal({ port, name }: PortState): number {
  return port?.service.ports.findIndex((each) => each.name === name.port && each.protocol === name.protocol) ?? 0;
}

function groupsOf(judged: readonly Judged[]): readonly (readonly [string, readonly Judged[]])[] {
  const fate = ({ state, cause }: Verdict) => `${words[state]}${cause === 'none' ? '' : ` (cause: ${cause})`}`;
  return [...Map.groupBy(judged, ({ verdict }) => fate(verdict))];
}

const words: Readonly<Record<VerdictState, string>> = {
  reachable: 'reachable',
  degraded: 'degraded',
  unreachable: 'unreachable',
  'by-design': 'refused by design',
  unknown: 'not decided',
};

/** Each port once, with its family where only that is told; the ports in `told` need no second mention. */
function names(judged: readonly Judged[], told: Set<string>): readonly string[] {
  const fresh = judged.filter(({ state }) => !told.has(portText(state.name)));
  for (const { state } of fresh) told.add(portText(state.name));
  return [...new Set(fresh.map(({ state }) => `${portText(state.name)}${state.family === 'IPv6' ? ' (IPv6)' : ''}`))];
}

function unservedVerdict(view: NodeView, service: Service, states: readonly PortState[]): Verdict | undefined {
  const why = whyUnserved(service);
  if (why === undefined) {
    return states.length > 0 ? undefined : otherFamily(view, service);
  }
  const name = `${service.namespace}/${service.name}`;
  const left = states.flatMap(({ frontends }) => frontends);
  const leftover = left.length === 0 ? '' : `; rules are left over all the same: ${listing(left.map(wayName))}`;
  const sentences = {
    headless: `${name} is headless: DNS gives clients its pods' own addresses, and kube-proxy writes no rules for it`,
    'external-name': `${name} is an ExternalName for ${service.externalName ?? 'another name'}: DNS answers with that name and kube-proxy has no part in it`,
    'service-proxy-name': `${name} is left to the proxy "${serviceProxyName(service)}" by its label service-proxy-name: kube-proxy writes no rules for it`,
    'no-cluster-ip': `${name} has no cluster IP yet: kube-proxy writes no rules until the API server gives it one`,
  } as const;
  return { state: 'by-design', cause: why === 'no-cluster-ip' ? 'api' : 'none', sentence: sentences[why] + leftover };
}

/** Its only family was not read. */
function otherFamily({ unread }: NodeView, service: Service): Verdict | undefined {
  const name = `${service.namespace}/${service.name}`;
  if (service.ports.length === 0) {
    return { state: 'by-design', cause: 'api', sentence: `${name} has no ports: there is nothing to serve` };
  }
  const [missed] = missedFamilies(unread, [service]);
  if (missed === undefined) return undefined;
  return {
    state: 'unknown',
    cause: missed.gap === undefined ? 'none' : 'node',
    sentence: `${name} has ${missed.family} cluster IPs only (${service.clusterIPs.join(', ')}), and ${whyUnread(missed)}`,
  };
}

/** For a name that only the rules know. */
export function leftoverVerdict(view: NodeView, name: string, states: readonly PortState[]): Verdict {
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  if (view.cluster === undefined) return worst(view, states);
  const backends = states.flatMap((state) => state.backends);
  const ways = states.flatMap(({ frontends }) => frontends);
  const leads = backends.some(({ share }) => !isZero(share)) ? ` and lead to ${count(backends.length, 'backend')}` : '';
  return {
    state: 'degraded',
    cause: 'kube-proxy',
    sentence: `the API has no Service ${name}, and rules for it are left over ${onNode(view)}: they take ${listing(ways.map(wayName))}${leads}`,
  };
}
