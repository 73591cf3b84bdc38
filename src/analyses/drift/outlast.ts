// Two looks at one node: what is wrong in both counts. What was wrong only once was on its way, and is told as such.
import type { Finding } from '../../report/finding.ts';
import type { DriftReport } from './drift.ts';
import { servicesNamedBy } from './service-evidence.ts';

/** Whether the first look found something that may settle by itself. */
export function mayPass({ findings }: DriftReport): boolean {
  return findings.some(isGrave);
}

/** The second look's answer. A finding that the first had not is information: it may pass, too. */
export function outlasting(first: DriftReport, second: DriftReport): DriftReport {
  const before = new Set(first.findings.filter(isGrave).flatMap(subjectsOf));
  const lasting = (finding: Finding): Finding =>
    !isGrave(finding) || subjectsOf(finding).some((subject) => before.has(subject))
      ? finding
      : { ...finding, severity: 'info', message: `unsettled, it was not so a moment before: ${finding.message}` };
  return {
    ...second,
    findings: second.findings.map(lasting),
    ...(second.suites && {
      suites: second.suites.map((suite) => ({
        ...suite,
        cases: suite.cases.map((one) => {
          const findings = one.findings.map(lasting);
          const passing = one.outcome === 'failed' && !findings.some(isGrave);
          return passing
            ? { ...one, findings, outcome: 'unsettled' as const, reason: 'it was not so a moment before' }
            : { ...one, findings };
        }),
      })),
    }),
  };
}

function isGrave({ severity, code }: Finding): boolean {
  return severity !== 'info' && !code.startsWith('KPR9');
}

/** By what it is about: between two looks a lost update may become another finding of the same Service, or of the node. */
function subjectsOf(finding: Finding): readonly string[] {
  const { kind, namespace, name } = finding.subject;
  return [`${kind} ${namespace}/${name}`, ...servicesNamedBy(finding).map((service) => `Service ${service}`)];
}
