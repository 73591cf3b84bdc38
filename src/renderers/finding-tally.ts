// How many findings there are, in words.
import type { Finding } from '../report/finding.ts';
import { severities } from '../report/severity.ts';

/** `2 critical, 1 info, 3 suppressed`; suppressed ones are counted apart. `nothing found` of none. */
export function tally(findings: readonly Finding[]): string {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const counts = [
    ...severities.map((severity) => [open.filter((each) => each.severity === severity).length, severity] as const),
    [findings.length - open.length, 'suppressed'] as const,
  ];
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return told.length === 0 ? 'nothing found' : told.join(', ');
}
