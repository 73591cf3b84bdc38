// What several nodes found. What the API's objects get wrong is the same on each: it is told once, of no node.
import type { Finding } from '../report/finding.ts';
import type { Report } from '../report/report.ts';
import { sorted } from './checks/index.ts';

/** The gravest first. A finding about the API's objects that nodes have word for word is one, whose `node` is empty. */
export function mergedFindings(reports: readonly Report[]): readonly Finding[] {
  const alike = Map.groupBy(
    reports.flatMap(({ findings }) => findings),
    ({ code, severity, node, subject, message, remedy }) =>
      JSON.stringify([code, severity, code.startsWith('KPR1') ? '' : node, subject, message, remedy]),
  );
  return sorted(
    [...alike.values()].flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      return [others.every(({ node }) => node === first.node) ? first : { ...first, node: '' }];
    }),
  );
}
