// The order of severities.
import type { Finding, Severity } from './finding.ts';

/** The gravest first. */
export const severities: readonly Severity[] = ['critical', 'warning', 'info'];

/** The same findings; those of one severity keep their order. */
export function gravestFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
