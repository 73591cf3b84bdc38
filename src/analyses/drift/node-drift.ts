// One node: its rules beside what kube-proxy would write, and what follows for each service port.
import type { Comparison } from '../../proxiers/comparison.ts';
import type { Difference } from '../../proxiers/difference.ts';
import { oldestExpected } from '../../proxiers/index.ts';
import { mayBeFrom } from '../../proxiers/releases.ts';
import { type ServicePort, servicePortKey } from '../../proxiers/service-ports.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import { sorted, textFindings } from '../checks/index.ts';
import { type ClusterView, isTrusted, type NodeView, trustedFamilies } from '../node-view.ts';
import { portStates } from '../port-state.ts';
import { missedFamilies } from '../unread-family.ts';
import { count, listing, onNode } from '../words.ts';
import { blockedFinding, isBlocked, isBlocker } from './blocked-finding.ts';
import { type ChangedService, changedServices } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';
import { emptiedFinding, isOfEmptied } from './emptied-finding.ts';
import { foreignTakers } from './foreign-takers.ts';
import { frameFindings } from './frame-findings.ts';
import { freezeOf, isRestoreFailing } from './freeze.ts';
import { frozenFinding } from './frozen-finding.ts';
import type { Scope } from './scope.ts';
import { serviceFinding } from './service-findings.ts';
import { sharedAddresses } from './shared-addresses.ts';

export type NodeState = 'SYNCED' | 'STALE' | 'UNREADABLE' | 'NOT-APPLICABLE';

export interface NodeDrift {
  readonly state: NodeState;
  /** Why the node is not judged, or only in part; empty otherwise. */
  readonly note: string;
  readonly findings: readonly Finding[];
  /** Service ports asked about, each once for both families. */
  readonly ports: readonly JudgedPort[];
  /** `undefined` where there is nothing to compare. */
  readonly comparison: Comparison | undefined;
}

export interface JudgedPort {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly protocol: string;
  readonly state: 'in-sync' | 'differs' | 'unknown';
}

export function nodeDrift(view: NodeView, scope: Scope): NodeDrift {
  const { cluster } = view;
  const text = textFindings(view);
  const ports = (cluster?.ports ?? []).filter(({ name }) => scope(name));
  const unjudged = (note: string): NodeDrift => ({
    state: 'UNREADABLE',
    note,
    findings: text,
    ports: judged(ports, [], () => false),
    comparison: undefined,
  });
  if (trustedFamilies(view).length === 0) return unjudged(text[0]?.message ?? 'its text cannot be trusted');
  if (!mayBeFrom(view.release, oldestExpected)) {
    return unjudged(
      `kube-proxy 1.${oldestExpected - 1} or older: what it would write is known from 1.${oldestExpected} on`,
    );
  }
  if (cluster === undefined) return unjudged('there are no API objects to compare with');
  const comparison = view.installed.compare(cluster, view.facts);
  const differences = comparison.differences.filter(
    ({ owner }) => owner === undefined || owner.kind === 'nameless' || scope(owner.name),
  );
  const findings = sorted([
    ...text,
    ...differenceFindings(view, comparison, differences),
    ...foreignTakers(view, scope),
    ...sharedAddresses(view, scope),
  ]);
  const stale = findings.some(({ code, severity }) => severity !== 'info' && !code.startsWith('KPR9'));
  const note = unreadNote(view, cluster, text);
  return {
    state: stale ? 'STALE' : note === '' ? 'SYNCED' : 'UNREADABLE',
    note,
    findings,
    ports: judged(
      ports.filter(({ family }) => !isLeftOut(view, family)),
      differences,
      ({ family }) => isTrusted(view, family) && view.unread.every((each) => each.family !== family),
    ),
    comparison,
  };
}

/** What of the node could not be judged, although the other family could; empty where all was. */
function unreadNote(view: NodeView, { ports, snapshot }: ClusterView, text: readonly Finding[]): string {
  const cut = ports.length > 0 && view.installed.defects.length > 0;
  if (cut) return text[0]?.message ?? 'a part of its text cannot be trusted';
  const missed = missedFamilies(view.unread, snapshot.services);
  return missed
    .flatMap(({ family, gap }) => (gap === undefined ? [] : `${family} was not looked at: ${gap}`))
    .join('; ');
}

/** The user gave no text of it, and is told so. */
function isLeftOut(view: NodeView, family: ServicePort['family']): boolean {
  return view.unread.some((each) => each.family === family && each.gap === undefined);
}

function differenceFindings(
  view: NodeView,
  comparison: Comparison,
  differences: readonly Difference[],
): readonly Finding[] {
  const { cluster } = view;
  if (differences.length === 0 || cluster === undefined) return [];
  const emptied = differences.filter((each) => isOfEmptied(comparison, each));
  const blockers = differences.filter(isBlocker);
  const taken = new Set([...emptied, ...blockers]);
  const others = differences.filter((each) => !taken.has(each));
  const changed = changedServices(others, cluster);
  const blocked = new Set(changed.filter((each) => isBlocked(each, blockers)));
  const free = changed.filter((each) => !blocked.has(each));
  const keys = new Set(changed.flatMap(({ ports }) => ports.map(servicePortKey)));
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
    ...changedFindings(view, cluster, free, told),
  ];
}

function changedFindings(
  view: NodeView,
  cluster: ClusterView,
  changed: readonly ChangedService[],
  told: (changed: readonly ChangedService[]) => readonly Finding[],
): readonly Finding[] {
  const wanted = new Set(cluster.ports.map(({ name }) => `${name.namespace}/${name.name}`));
  if (isEmpty(changed, wanted.size)) return [emptyFinding(view, changed)];
  const freeze = freezeOf(changed, cluster);
  const failed = isRestoreFailing(
    changed,
    changed.flatMap(({ differences }) => differences),
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

function judged(
  ports: readonly ServicePort[],
  differences: readonly Difference[],
  isJudged: (port: ServicePort) => boolean,
): readonly JudgedPort[] {
  const differing = new Set(
    differences.flatMap(({ owner }) => (owner?.kind === 'known' ? [servicePortKey(owner.name)] : [])),
  );
  return [...Map.groupBy(ports, ({ name }) => servicePortKey(name))].sort(byKey).flatMap(([key, families]) => {
    const [first] = families;
    if (first === undefined) return [];
    const { namespace, name: service, port, protocol } = first.name;
    const state = differing.has(key) ? 'differs' : families.every(isJudged) ? 'in-sync' : 'unknown';
    return [{ namespace, service, port, protocol, state } as const];
  });
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
