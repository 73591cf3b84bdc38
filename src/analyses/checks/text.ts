// KPR901, KPR902, KPR903: the text itself cannot be trusted. No verdict is built on it.
import type { Installed, TextDefect } from '../../proxiers/proxier.ts';
import type { FindingCode } from '../../report/catalogue.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import { count } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const text: NodeCheck = {
  about: 'node',
  codes: ['KPR901', 'KPR902', 'KPR903'],
  run: (view) => {
    const byCause = Map.groupBy(view.installed.defects, ({ family, defect }) => `${family} ${codeOf(defect)}`);
    return [...byCause.values()].flatMap((group) => findingFor(view, group) ?? []);
  },
};

/** One cut shows in several places: the gravest is the message, all are evidence. */
function findingFor(view: NodeView, group: Installed['defects']): Finding | undefined {
  const [first] = [...group].sort((a, b) => gravity.indexOf(a.defect.kind) - gravity.indexOf(b.defect.kind));
  if (first === undefined) return undefined;
  return raise(codeOf(first.defect), view, {
    subject: nodeSubject(view),
    message: `the ${first.family} text ${sentence(first.defect)}`,
    evidence: group.map(({ defect }) => ({
      kind: 'text',
      line: 'line' in defect ? defect.line : 0,
      text: defect === first.defect ? 'here' : `it ${sentence(defect)}`,
    })),
  });
}

const gravity: readonly TextDefect['kind'][] = [
  'not-a-dump',
  'table-not-committed',
  'trailer-missing',
  'table-missing',
  'table-incompatible',
  'table-twice',
  'chain-not-declared',
  'unread-lines',
  'unsupported-revision',
  'damaged-nat',
];

function codeOf({ kind }: TextDefect): FindingCode {
  if (kind === 'unsupported-revision') return 'KPR901';
  return kind === 'damaged-nat' ? 'KPR903' : 'KPR902';
}

function sentence(defect: TextDefect): string {
  switch (defect.kind) {
    case 'not-a-dump':
      return 'is not the output of iptables-save';
    case 'table-not-committed':
      return `is cut: table ${defect.table} has no COMMIT`;
    case 'trailer-missing':
      return defect.table === ''
        ? 'is cut: it ends behind a header, before the table'
        : `is cut: table ${defect.table} lacks its "# Completed on" line`;
    case 'table-incompatible':
      return `leaves out table ${defect.table}: it holds rules that iptables cannot print`;
    case 'table-twice':
      return `has table ${defect.table} twice (lines ${defect.firstLine} and ${defect.line}): two saves in one file`;
    case 'chain-not-declared':
      return `has rules of ${defect.table}/${defect.chain} and no declaration of that chain: lines are missing`;
    case 'unsupported-revision':
      return 'has "[unsupported revision]": an older iptables read what a newer one wrote';
    case 'damaged-nat':
      return 'has DNAT rules without an address: read, or written, by an iptables of another version';
    case 'unread-lines':
      return `has ${count(defect.count, 'line')} that cannot be read`;
    case 'table-missing':
      return `has no table ${defect.table}: it was cut between two tables, or saved with -t`;
    default:
      return defect satisfies never;
  }
}
