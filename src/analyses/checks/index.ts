// The checks. To add one: its file, a line here, and its code in the catalogue.
import type { Service } from '../../cluster/snapshot.ts';
import { servicePortKey } from '../../proxiers/service-ports.ts';
import type { Finding, Severity } from '../../report/finding.ts';
import { isTrusted, type NodeView, trustedFamilies } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { affinity } from './affinity.ts';
import type { Check, PortGroup } from './check.ts';
import { duplicateAddress } from './duplicate-address.ts';
import { externalIPs } from './external-ips.ts';
import { hints } from './hints.ts';
import { ipMode } from './ip-mode.ts';
import { jumps } from './jumps.ts';
import { localPolicy } from './local-policy.ts';
import { missing } from './missing.ts';
import { noEndpoints } from './no-endpoints.ts';
import { notReadyPublished } from './not-ready-published.ts';
import { otherAffinity } from './other-affinity.ts';
import { refused } from './refused.ts';
import { slices } from './slices.ts';
import { sourceRanges } from './source-ranges.ts';
import { stale } from './stale.ts';
import { terminating } from './terminating.ts';
import { text } from './text.ts';
import { uneven } from './uneven.ts';
import { unserved } from './unserved.ts';

export const checks: readonly Check[] = [
  text,
  jumps,
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
