// KPR901, KPR902, KPR903: the text itself cannot be trusted. No verdict is built on it.
import type { TextDefect } from '../../proxiers/proxier.ts';
import type { FindingCode } from '../../report/catalogue.ts';
import { count } from '../words.ts';
import { type Check, nodeSubject, raise } from './check.ts';

export const text: Check = {
  about: 'node',
  codes: ['KPR901', 'KPR902', 'KPR903'],
  run: (view) => {
    const seen = new Set<string>();
    return view.installed.defects.flatMap(({ family, defect }) => {
      const code = codeOf(defect);
      const message = `the ${family} text ${sentence(defect)}`;
      // A thousand rules of one missing declaration are one cause.
      const cause = `${family} ${defect.kind}`;
      if (seen.has(cause)) return [];
      seen.add(cause);
      const same = view.installed.defects.filter((each) => each.family === family && each.defect.kind === defect.kind);
      const more = same.length === 1 ? '' : ` (and ${count(same.length - 1, 'more place')})`;
      const line = 'line' in defect ? defect.line : 0;
      return [
        raise(code, view, {
          subject: nodeSubject(view),
          message: message + more,
          evidence: line === 0 ? [] : [{ kind: 'text', line, text: `line ${line} of the ${family} text` }],
        }),
      ];
    });
  },
};

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
