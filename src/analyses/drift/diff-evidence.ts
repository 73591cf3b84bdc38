// A difference as evidence: what is expected and what is installed, without what both have.
import type { Difference } from '../../proxiers/difference.ts';
import type { Evidence } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import { count } from '../words.ts';

/** More lines than this prove no more. */
const mostLines = 12;

/** `most`: lines shown. */
export function diffEvidence(view: NodeView, difference: Difference, most = mostLines): Evidence {
  const { family, table, chain, lines } = difference;
  const changed = lines.filter(({ sign }) => sign !== ' ');
  const shown = changed.slice(0, most).map(({ sign, text }) => `${sign} ${text}`);
  const left = changed.length - shown.length;
  const rule = (changed.find((each) => each.rule !== undefined) ?? lines[0])?.rule;
  return {
    kind: 'diff',
    family,
    table,
    chain,
    line: rule?.ref.line ?? lineOf(view, difference),
    lines: left === 0 ? shown : [...shown, `  and ${count(left, 'line')} more`],
  };
}

/** Where the rule would stand: at its chain, or at its table where there is no such chain. */
function lineOf({ installed }: NodeView, { family, table, chain }: Difference): number {
  const found = installed.rulesets
    .find((ruleset) => ruleset.family === family)
    ?.tables.find(({ name }) => name === table);
  return found?.chain(chain)?.line ?? found?.line ?? 0;
}
