// What follows from the differences of one node: one finding a cause, the widest cause first.
import type { Comparison } from '../../proxiers/comparison.ts';
import type { Difference } from '../../proxiers/difference.ts';
import { servicePortKey } from '../../proxiers/service-ports.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import type { ClusterView, NodeView } from '../node-view.ts';
import { portStates } from '../port-state.ts';
import { count, listing, onNode } from '../words.ts';
import { blockedFinding, isBlocked, isBlocker } from './blocked-finding.ts';
import { type ChangedService, changedServices } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';
import { emptiedFinding, isOfEmptied } from './emptied-finding.ts';
import { frameFindings } from './frame-findings.ts';
import { freezeOf, isRestoreFailing } from './freeze.ts';
import { frozenFinding } from './frozen-finding.ts';
import { serviceFinding } from './service-findings.ts';
import type { Doubt } from './unread-objects.ts';

/** `differences` are those asked about. `doubt`: see doubtsOf. */
export function differenceFindings(
  view: NodeView,
  comparison: Comparison,
  differences: readonly Difference[],
  doubt: Doubt,
): readonly Finding[] {
  const { cluster } = view;
  if (differences.length === 0 || cluster === undefined) return [];
  const emptied = differences.filter((each) => isOfEmptied(comparison, each));
  const blockers = differences.filter(isBlocker);
  const taken = new Set([...emptied, ...blockers]);
  const others = differences.filter((each) => !taken.has(each));
  const all = changedServices(others, cluster);
  const changed = all.filter((each) => doubt(each) === undefined);
  const blocked = new Set(changed.filter((each) => isBlocked(each, blockers)));
  const free = changed.filter((each) => !blocked.has(each));
  const keys = new Set(all.flatMap(({ ports }) => ports.map(servicePortKey)));
  const states = keys.size === 0 ? [] : portStates(view, (name) => keys.has(servicePortKey(name)));
  const byService = Map.groupBy(states, ({ name }) => `${name.namespace}/${name.name}`);
  const told = (services: readonly ChangedService[]) =>
    services.map((each) => serviceFinding(view, each, byService.get(`${each.namespace}/${each.name}`) ?? []));
  return [
    ...emptiedFinding(view, emptied, changedServices(emptied, cluster)),
    ...frameFindings(
      view,
      others.filter(({ owner }) => owner === undefined),
    ),
    ...blockedFinding(view, blockers, [...blocked], told([...blocked])),
    ...leftovers(
      view,
      others.filter(({ owner }) => owner?.kind === 'nameless'),
    ),
    ...changedFindings(view, cluster, free, told, comparison),
    ...all.flatMap((each) => {
      const reason = doubt(each);
      return reason === undefined ? [] : told([each]).map((finding) => unjudged(finding, reason));
    }),
  ];
}

function unjudged(finding: Finding, reason: string): Finding {
  return { ...finding, severity: 'info', message: `not judged, as ${reason}; it seems that ${finding.message}` };
}

function changedFindings(
  view: NodeView,
  cluster: ClusterView,
  changed: readonly ChangedService[],
  told: (changed: readonly ChangedService[]) => readonly Finding[],
  { differences }: Comparison,
): readonly Finding[] {
  if (changed.length === 0) return [];
  const wanted = new Set(cluster.ports.map(({ name }) => `${name.namespace}/${name.name}`));
  if (isEmpty(changed, wanted.size)) return [emptyFinding(view, changed)];
  // Also by Services that nobody asked about: what they lack is not in the rules either.
  const freeze = freezeOf(changedServices(differences, cluster), cluster);
  const failed = isRestoreFailing(
    changed,
    changed.flatMap((each) => each.differences),
  );
  if (freeze === undefined && !failed) return told(changed);
  return [frozenFinding(view, { ...freeze, failed }, changed, told(changed))];
}

/** Not one Service has a rule, and there is more than one. */
function isEmpty(changed: readonly ChangedService[], services: number): boolean {
  return (
    services > 1 &&
    changed.length === services &&
    changed.every(({ differences }) =>
      differences.every(({ lines }) => lines.length > 0 && lines.every(({ sign }) => sign === '-')),
    )
  );
}

function emptyFinding(view: NodeView, changed: readonly ChangedService[]): Finding {
  return raise('KPR206', view, {
    subject: nodeSubject(view),
    message: `not one of ${count(changed.length, 'Service')} has a rule ${onNode(view)}: kube-proxy never wrote them, or they were flushed`,
    evidence: changed
      .slice(0, 4)
      .flatMap(({ differences }) => differences.slice(0, 1).map((it) => diffEvidence(view, it))),
  });
}

/** Rules that lead to chains of Services that neither the API nor a comment names. */
function leftovers(view: NodeView, differences: readonly Difference[]): readonly Finding[] {
  if (differences.length === 0) return [];
  const chains = [...new Set(differences.map(({ table, chain }) => `${table}/${chain}`))];
  return [
    raise('KPR201', view, {
      subject: nodeSubject(view),
      severity: 'warning',
      message: `${listing(chains)} ${onNode(view)} ${chains.length === 1 ? 'has rules' : 'have rules'} for a Service that the API does not have, and nothing names it`,
      evidence: differences.map((each) => diffEvidence(view, each)),
    }),
  ];
}
