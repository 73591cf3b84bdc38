// What moved between the two readings of the API is unsettled: rules of before or of after are both right, and nobody is
// blamed for the difference.
import type { Unsettled } from '../cluster/unsettled.ts';
import type { Finding } from '../report/finding.ts';
import type { Block, Case, Report } from '../report/report.ts';
import { servicesNamedBy } from './drift/service-evidence.ts';

export interface Settled<Answer extends Report> {
  readonly report: Answer;
  /** False where something that the report judges moved. */
  readonly whole: boolean;
}

/**
 * Findings of such Services become information, and a verdict that rests on one becomes unknown. `onlyAsked`: all that
 * was read of the API is what the verdict is about.
 */
export function settle<Answer extends Report>(
  report: Answer,
  moved: readonly Unsettled[],
  onlyAsked: boolean,
): Settled<Answer> {
  const services = new Set(
    moved.flatMap(({ namespace, service }) => (service === undefined ? [] : [`${namespace}/${service}`])),
  );
  const touches = (finding: Finding) =>
    !finding.code.startsWith('KPR9') &&
    (services.has(`${finding.subject.namespace}/${finding.subject.name}`) || restsOn(finding, services));
  const names = [...services].sort();
  if (names.length === 0) return { report, whole: true };
  const note = `changed while the node was read, so ask again: ${names.join(', ')}`;
  const meta = { ...report.meta, notes: [...report.meta.notes, note] };
  if (!onlyAsked && !report.findings.some(touches)) return { report: { ...report, meta }, whole: true };
  const findings = report.findings.map(
    (finding): Finding =>
      touches(finding)
        ? { ...finding, severity: 'info', message: `unsettled, it changed while the node was read: ${finding.message}` }
        : finding,
  );
  const suites = report.suites?.map((suite) => ({
    ...suite,
    cases: suite.cases.map((one) => unsettledCase(one, services, touches)),
  }));
  const verdict = unsettledVerdict(names);
  const data = 'verdict' in report.data ? { ...report.data, verdict } : report.data;
  const blocks = report.blocks.map(
    (block): Block =>
      block.kind === 'verdict'
        ? { kind: 'verdict', tone: 'doubt', label: 'UNKNOWN', sentence: verdict.sentence }
        : block,
  );
  return { report: { ...report, meta, data, blocks, findings, ...(suites && { suites }) }, whole: false };
}

/** A frozen node is one by what several Services lack: where all but one of them moved, no pattern is left. */
function restsOn(finding: Finding, services: ReadonlySet<string>): boolean {
  const named = servicesNamedBy(finding);
  const byServices = finding.evidence[0]?.kind === 'object';
  return byServices && named.length > 0 && named.filter((name) => !services.has(name)).length < 2;
}

function unsettledCase(one: Case, services: ReadonlySet<string>, touches: (finding: Finding) => boolean): Case {
  if (one.outcome !== 'failed') return one;
  const moved =
    services.has(one.group) || one.findings.every((finding) => finding.severity === 'info' || touches(finding));
  return moved ? { ...one, outcome: 'unsettled', reason: 'it changed while the node was read' } : one;
}

function unsettledVerdict(names: readonly string[]) {
  return {
    state: 'unknown',
    cause: 'none',
    sentence: `${names.join(', ')} changed while the node was read, and the rules may be of before or of after: ask again`,
  } as const;
}
