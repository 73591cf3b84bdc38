// The checks. To add one: its file, a line here, and its code in the catalogue.
import type { Service } from '../../cluster/snapshot.ts';
import { servicePortKey } from '../../proxiers/service-ports.ts';
import type { Finding, Severity } from '../../report/finding.ts';
import { isTrusted, type NodeView, trustedFamilies } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { affinity } from './affinity.ts';
import { bothBackends } from './both-backends.ts';
import { bridgeFilter } from './bridge-filter.ts';
import type { Check, PortGroup } from './check.ts';
import { conntrackFull } from './conntrack-full.ts';
import { duplicateAddress } from './duplicate-address.ts';
import { externalIPs } from './external-ips.ts';
import { foreignTakers } from './foreign-takers.ts';
import { forwarding } from './forwarding.ts';
import { hints } from './hints.ts';
import { ipMode } from './ip-mode.ts';
import { jumps } from './jumps.ts';
import { localPolicy } from './local-policy.ts';
import { localhostOpen } from './localhost-open.ts';
import { lostDrops } from './lost-drops.ts';
import { missing } from './missing.ts';
import { modeRemains } from './mode-remains.ts';
import { noEndpoints } from './no-endpoints.ts';
import { notReadyPublished } from './not-ready-published.ts';
import { otherAffinity } from './other-affinity.ts';
import { podRanges } from './pod-ranges.ts';
import { randomPorts } from './random-ports.ts';
import { refused } from './refused.ts';
import { repeatedRules } from './repeated-rules.ts';
import { replaced } from './replaced.ts';
import { slices } from './slices.ts';
import { sourceRanges } from './source-ranges.ts';
import { stale } from './stale.ts';
import { staleConnections } from './stale-connections.ts';
import { stopped } from './stopped.ts';
import { terminating } from './terminating.ts';
import { text } from './text.ts';
import { uneven } from './uneven.ts';
import { unserved } from './unserved.ts';
import { untracked } from './untracked.ts';

export const checks: readonly Check[] = [
  text,
  jumps,
  bothBackends,
  repeatedRules,
  modeRemains,
  replaced,
  foreignTakers,
  stopped,
  lostDrops,
  untracked,
  podRanges,
  bridgeFilter,
  localhostOpen,
  forwarding,
  staleConnections,
  conntrackFull,
  randomPorts,
  refused,
  stale,
  missing,
  uneven,
  otherAffinity,
  duplicateAddress,
  noEndpoints,
  localPolicy,
  terminating,
  affinity,
  sourceRanges,
  hints,
  ipMode,
  externalIPs,
  slices,
  notReadyPublished,
  unserved,
];

/** Findings about the node as a whole. */
export function nodeFindings(view: NodeView): readonly Finding[] {
  return checks.flatMap((check) => (check.about === 'node' ? check.run(view) : []));
}

/** Whether the text can be trusted. */
export function textFindings(view: NodeView): readonly Finding[] {
  return text.run(view);
}

/** What is wrong with the node, but for the jumps into kube-proxy's chains: a comparison tells those. */
export function nodeFindingsButJumps(view: NodeView): readonly Finding[] {
  return checks.flatMap((check) => (check.about === 'node' && check !== jumps ? check.run(view) : []));
}

/** What happens to packets for these service ports on their way, whatever kube-proxy's own rules say. */
export function trafficFindings(view: NodeView, states: readonly PortState[], each: boolean): readonly Finding[] {
  const asked = { states: trusted(view, states), each };
  return checks.flatMap((check) => (check.about === 'traffic' ? check.run(view, asked) : []));
}

/** What kube-proxy and the node got wrong about these service ports. */
export function proxyFindings(view: NodeView, states: readonly PortState[]): readonly Finding[] {
  return sorted(portFindings(view, trusted(view, states), 'kube-proxy'));
}

/** Everything about these service ports and their Services, the API's own objects included. */
export function allFindings(
  view: NodeView,
  services: readonly Service[],
  states: readonly PortState[],
): readonly Finding[] {
  const sure = trusted(view, states);
  const about = (trustedFamilies(view).length === 0 ? [] : services).flatMap((service) => {
    const own = sure.filter(({ name }) => name.namespace === service.namespace && name.name === service.name);
    return checks.flatMap((check) => (check.about === 'service' ? check.run(view, service, own) : []));
  });
  return sorted([...portFindings(view, sure, 'kube-proxy'), ...portFindings(view, sure, 'api'), ...about]);
}

/** On a text that cannot be trusted nothing is found but that. */
function trusted(view: NodeView, states: readonly PortState[]): readonly PortState[] {
  return states.filter(({ family }) => isTrusted(view, family));
}

function portFindings(view: NodeView, states: readonly PortState[], of: 'api' | 'kube-proxy'): readonly Finding[] {
  return groups(states).flatMap((group) =>
    checks.flatMap((check) => (check.about === 'service-port' && check.of === of ? check.run(view, group) : [])),
  );
}

/** The families of one service port together. */
export function groups(states: readonly PortState[]): readonly PortGroup[] {
  return [...Map.groupBy(states, ({ name }) => servicePortKey(name)).values()];
}

const order: readonly Severity[] = ['critical', 'warning', 'info'];

/** The gravest first, then by subject and code. */
export function sorted(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => {
    const grave = order.indexOf(a.severity) - order.indexOf(b.severity);
    return grave || (key(a) < key(b) ? -1 : Number(key(a) > key(b)));
  });
}

function key({ code, subject, message }: Finding): string {
  return [subject.namespace, subject.name, subject.port, subject.protocol, code, message].join('\0');
}
