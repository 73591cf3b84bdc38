// One node: its rules beside what kube-proxy would write, and what follows for each service port.
import type { Comparison } from '../../proxiers/comparison.ts';
import { oldestExpected } from '../../proxiers/index.ts';
import { mayBeFrom } from '../../proxiers/releases.ts';
import type { ServicePort } from '../../proxiers/service-ports.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeFindingsButJumps, sorted, textFindings, trafficFindings } from '../checks/index.ts';
import { type ClusterView, isTrusted, type NodeView, trustedFamilies } from '../node-view.ts';
import { portStates } from '../port-state.ts';
import { missedFamilies } from '../unread-family.ts';
import { changedServices } from './changed-service.ts';
import { differenceFindings } from './difference-findings.ts';
import { type JudgedPort, judgedPorts } from './judged-ports.ts';
import type { Scope } from './scope.ts';
import { sharedAddresses } from './shared-addresses.ts';
import { doubtsOf, missingKinds } from './unread-objects.ts';

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

export function nodeDrift(view: NodeView, scope: Scope): NodeDrift {
  const { cluster } = view;
  const text = textFindings(view);
  const ports = (cluster?.ports ?? []).filter(({ name, family }) => scope(name) && !isLeftOut(view, family));
  const unjudged = (note: string): NodeDrift => ({
    state: 'UNREADABLE',
    note,
    findings: text,
    ports: judgedPorts(
      ports,
      [],
      () => false,
      () => undefined,
    ),
    comparison: undefined,
  });
  if (trustedFamilies(view).length === 0) return unjudged(text[0]?.message ?? 'its text cannot be trusted');
  if (!mayBeFrom(view.release, oldestExpected)) {
    return unjudged(
      `kube-proxy 1.${oldestExpected - 1} or older: what it would write is known from 1.${oldestExpected} on`,
    );
  }
  if (cluster === undefined) return unjudged('there are no API objects to compare with');
  const missing = missingKinds(cluster);
  if (missing !== undefined) return unjudged(missing);
  const comparison = view.installed.compare(cluster, view.facts);
  const differences = comparison.differences.filter(
    ({ owner }) => owner === undefined || owner.kind === 'nameless' || scope(owner.name),
  );
  const doubt = doubtsOf(cluster);
  const followed = differenceFindings(view, comparison, differences, doubt);
  // What nobody writes any more follows nothing: that is one cause.
  const traffic = trafficFindings(view, portStates(view, scope), false);
  const replaced = traffic.some(({ code }) => code === 'KPR304');
  const findings = sorted([
    ...nodeFindingsButJumps(view),
    ...(replaced ? followed.filter(({ code }) => !code.startsWith('KPR2')) : followed),
    ...traffic,
    ...sharedAddresses(view, scope),
  ]);
  const stale = findings.some(({ code, severity }) => severity !== 'info' && isOfRules.test(code));
  const unread = unreadNote(view, cluster, text);
  const doubts = changedServices(differences, cluster).flatMap((each) => doubt(each) ?? []);
  return {
    state: stale ? 'STALE' : unread === '' ? 'SYNCED' : 'UNREADABLE',
    note: [...(unread === '' ? [] : [unread]), ...new Set(doubts)].join('; '),
    findings,
    ports: judgedPorts(
      ports,
      differences,
      ({ family }) => isRead(view, family),
      ({ namespace, name }) => {
        const service = cluster.index.services.get(`${namespace}/${name}`);
        return doubt({ namespace, name, service });
      },
    ),
    comparison,
  };
}

/** What kube-proxy's rules are not, or others have put among them; the rest is about the node, whose rules may be right. */
const isOfRules = /^KPR(104|2|30[1-6]|40[23])/;

/** What of the node could not be judged, although the other family could; empty where all was. */
function unreadNote(view: NodeView, { ports, snapshot }: ClusterView, text: readonly Finding[]): string {
  const cut = ports.length > 0 && view.installed.defects.length > 0;
  if (cut) return text[0]?.message ?? 'a part of its text cannot be trusted';
  const missed = missedFamilies(view.unread, snapshot.services);
  return missed
    .flatMap(({ family, gap }) => (gap === undefined ? [] : `${family} was not looked at: ${gap}`))
    .join('; ');
}

/** Nobody asked the node for it: what was given is all there is. */
function isLeftOut({ unread }: NodeView, family: ServicePort['family']): boolean {
  return unread.some((each) => each.family === family && each.gap === undefined);
}

function isRead(view: NodeView, family: ServicePort['family']): boolean {
  return isTrusted(view, family) && view.installed.rulesets.some((ruleset) => ruleset.family === family);
}
