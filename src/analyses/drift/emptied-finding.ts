// KPR206: not one rule of kube-proxy's where there should be hundreds. Everything that is missing has this one cause.

import type { Comparison } from '../../proxiers/comparison.ts';
import type { Difference } from '../../proxiers/difference.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode } from '../words.ts';
import type { ChangedService } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';

/** Whether a table without any rule of kube-proxy's explains the difference. */
export function isOfEmptied({ emptied }: Comparison, { family, table, kind }: Difference): boolean {
  return kind === 'missing' && emptied.some((each) => each.family === family && each.table === table);
}

/** More of them prove no more. */
const mostEvidence = 4;

/** `differences` are those that `isOfEmptied` holds of; `changed` are the same of Services. */
export function emptiedFinding(
  view: NodeView,
  differences: readonly Difference[],
  changed: readonly ChangedService[],
): readonly Finding[] {
  if (differences.length === 0) return [];
  const tables = [...Map.groupBy(differences, ({ table }) => table)].map(([table, group]) => {
    const families = [...new Set(group.map(({ family }) => family))].sort();
    return `${table} (${listing(families)})`;
  });
  const jumps = differences.filter(({ role }) => role === 'jump');
  const gone = jumps.length === 0 ? '' : `, ${count(jumps.length, 'jump')} to its chains included`;
  const services =
    changed.length === 0
      ? ''
      : `; ${count(changed.length, 'Service')} ${changed.length === 1 ? 'lacks' : 'lack'} rules there`;
  const shown = [...jumps, ...differences.filter(({ role }) => role !== 'jump')].slice(0, mostEvidence);
  return [
    raise('KPR206', view, {
      subject: nodeSubject(view),
      message: `not one rule of kube-proxy's is in ${listing(tables)} ${onNode(view)}: they were flushed, or never written${gone}${services}`,
      evidence: shown.map((each) => diffEvidence(view, each)),
    }),
  ];
}
