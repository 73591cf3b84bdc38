// What is installed for a target beside what kube-proxy would write for it, and what follows where both part ways.
import type { Difference } from '../proxiers/difference.ts';
import { oldestExpected } from '../proxiers/index.ts';
import { mayBeFrom, rangeText } from '../proxiers/releases.ts';
import { servicePortKey } from '../proxiers/service-ports.ts';
import { catalogue, isFindingCode } from '../report/catalogue.ts';
import type { Finding } from '../report/finding.ts';
import type { Block } from '../report/report.ts';
import { blockedFinding, isBlocker } from './drift/blocked-finding.ts';
import { changedServices } from './drift/changed-service.ts';
import { diffEvidence } from './drift/diff-evidence.ts';
import { frameFindings } from './drift/frame-findings.ts';
import { serviceFinding } from './drift/service-findings.ts';
import { isTrusted, type NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';
import type { Verdict, VerdictCause } from './verdict-words.ts';
import { count } from './words.ts';

export interface ExplainedDrift {
  readonly differences: readonly Difference[];
  /** Rules that kube-proxy would write for it and for all Services together. */
  readonly expectedRules: number;
}

/** `undefined` where there is nothing to compare: no objects, no text that can be trusted, a release that is not known. */
export function explainedDrift(view: NodeView, states: readonly PortState[]): ExplainedDrift | undefined {
  const { cluster } = view;
  if (cluster === undefined || states.length === 0 || !mayBeFrom(view.release, oldestExpected)) return undefined;
  if (!states.every(({ family }) => isTrusted(view, family))) return undefined;
  const asked = new Set(states.map(({ name }) => servicePortKey(name)));
  const { differences, expectedRules } = view.installed.compare(
    { ...cluster, ports: cluster.ports.filter(({ name }) => asked.has(servicePortKey(name))) },
    view.facts,
    (name) => asked.has(servicePortKey(name)),
  );
  return { differences, expectedRules };
}

/** What the checks did not see already. */
export function driftFindings(
  view: NodeView,
  drift: ExplainedDrift | undefined,
  states: readonly PortState[],
  found: readonly Finding[],
): readonly Finding[] {
  if (drift === undefined || view.cluster === undefined) return [];
  const told = found.filter(({ code, severity }) => !code.startsWith('KPR1') && severity !== 'info');
  const blockers = drift.differences.filter(isBlocker);
  const others = drift.differences.filter((each) => !isBlocker(each));
  const frame = frameFindings(
    view,
    others.filter(({ owner }) => owner === undefined),
  ).filter(({ code }) => told.every((each) => each.code !== code));
  const services = changedServices(others, view.cluster).filter(({ namespace, name }) =>
    told.every(({ subject }) => subject.namespace !== namespace || subject.name !== name),
  );
  return [
    ...blockedFinding(view, blockers, [], []),
    ...frame,
    ...services.map((service) => serviceFinding(view, service, states)),
  ];
}

/** A verdict that all is well does not stand beside a finding that it is not. */
export function driftVerdict(
  verdict: Verdict,
  drift: ExplainedDrift | undefined,
  findings: readonly Finding[],
): Verdict {
  const differs = drift !== undefined && drift.differences.length > 0;
  const [first] = findings.filter(({ severity, code }) => severity !== 'info' && !/^KPR[19]/.test(code));
  return differs ? loweredBy(verdict, first) : verdict;
}

/** The same where nothing was found, or where it is no good one anyway. */
export function loweredBy(verdict: Verdict, finding: Finding | undefined): Verdict {
  if (finding === undefined || (verdict.state !== 'reachable' && verdict.state !== 'by-design')) return verdict;
  return {
    state: 'degraded',
    cause: causeOf(finding),
    sentence: `${finding.message}; apart from that ${verdict.sentence}`,
  };
}

function causeOf({ code }: Finding): VerdictCause {
  const cause = isFindingCode(code) ? catalogue[code].cause : 'kube-proxy';
  return (cause as string) === 'text' ? 'node' : (cause as VerdictCause);
}

export function differenceRow({ family, table, chain, kind, lines }: Difference): object {
  const changed = lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => `${sign} ${text}`);
  return { family, table, chain, kind, lines: changed };
}

/** More chains than this are many rules of one cause. */
const mostDifferences = 6;

export function driftBlocks(view: NodeView, drift: ExplainedDrift | undefined): readonly Block[] {
  if (drift === undefined) return [];
  const { differences } = drift;
  const release = `kube-proxy ${rangeText(view.release)}`;
  if (differences.length === 0) {
    return [
      {
        kind: 'paragraph',
        text: [{ text: `The rules are what ${release} would write for it.`, tone: 'quiet' }],
      },
    ];
  }
  const shown = differences.slice(0, mostDifferences);
  const left = differences.length - shown.length;
  return [
    { kind: 'heading', text: `Expected (-) of ${release} and installed (+)` },
    ...shown.map((difference): Block => {
      const evidence = diffEvidence(view, difference);
      const lines = evidence.kind === 'diff' ? evidence.lines : [];
      return { kind: 'rules', rules: lines.map((line) => ({ place: line.slice(0, 1), text: line.slice(2) })) };
    }),
    ...(left === 0
      ? []
      : [{ kind: 'paragraph' as const, text: `${count(left, 'more chain differs', 'more chains differ')}.` }]),
  ];
}
