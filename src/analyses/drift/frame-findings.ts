// What is wrong with the rules that all Services share: a jump that is gone, a chain that was altered, a rule of somebody
// else's. One finding a cause.
import type { Difference } from '../../proxiers/difference.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode } from '../words.ts';
import { diffEvidence } from './diff-evidence.ts';

/** `differences` are those of no service port; what `isBlocker` holds of is not among them. */
export function frameFindings(view: NodeView, differences: readonly Difference[]): readonly Finding[] {
  const of = (wanted: (difference: Difference) => boolean) => differences.filter(wanted);
  return [
    ...jumpFinding(
      view,
      of(({ role }) => role === 'jump'),
    ),
    ...foreignFindings(
      view,
      of(({ role, kind }) => role !== 'jump' && kind === 'foreign'),
    ),
    ...chainFindings(
      view,
      of(({ role, kind }) => role !== 'jump' && kind !== 'foreign'),
    ),
  ];
}

function jumpFinding(view: NodeView, differences: readonly Difference[]): readonly Finding[] {
  if (differences.length === 0) return [];
  const names = differences.map(({ family, table, chain, lines }) => {
    const to = / -j (\S+)$/.exec(lines.find(({ sign }) => sign === '-')?.text ?? '')?.[1] ?? '';
    return `${table}/${chain} to ${to}${family === 'IPv6' ? ' (IPv6)' : ''}`;
  });
  const gone = differences.every(({ kind }) => kind === 'missing');
  const one = names.length === 1;
  return [
    raise('KPR305', view, {
      subject: nodeSubject(view),
      message: `${one ? 'a jump' : count(names.length, 'jump')} to kube-proxy's chains ${one ? 'is' : 'are'} ${gone ? 'missing' : 'missing or altered'} ${onNode(view)}: from ${listing(names, 14)}`,
      evidence: differences.map((each) => diffEvidence(view, each)),
    }),
  ];
}

function foreignFindings(view: NodeView, differences: readonly Difference[]): readonly Finding[] {
  return [...Map.groupBy(differences, placeOf)].map(([place, group]) => {
    const rules = group.flatMap(({ lines }) => lines.flatMap(({ rule }) => rule ?? []));
    const lines = listing(rules.map(({ ref }) => String(ref.line)));
    return raise('KPR306', view, {
      subject: nodeSubject(view),
      message: `${place} ${onNode(view)} has ${rules.length === 1 ? `a rule that is not kube-proxy's (line ${lines})` : `${count(rules.length, 'rule')} that are not kube-proxy's (lines ${lines})`}`,
      evidence: group.map((each) => diffEvidence(view, each)),
    });
  });
}

function chainFindings(view: NodeView, differences: readonly Difference[]): readonly Finding[] {
  return [...Map.groupBy(differences, ({ table, chain }) => `${table}/${chain}`)].map(([place, group]) => {
    const families = [...new Set(group.map(({ family }) => family))];
    const what = group.every(({ kind }) => kind === 'missing') ? 'lacks rules' : 'is not as kube-proxy writes it';
    const masquerades = group.some(({ chain }) => chain === 'KUBE-POSTROUTING' || chain === 'KUBE-MARK-MASQ');
    const where = families.length === 1 && families[0] === 'IPv6' ? ' (IPv6)' : '';
    const both = families.length > 1 ? ', in both families' : '';
    return raise(masquerades ? 'KPR403' : 'KPR203', view, {
      subject: nodeSubject(view),
      message: `${place}${where} ${onNode(view)} ${what}${both}: ${consequences[group[0]?.chain ?? ''] ?? 'every Service may be affected'}`,
      evidence: group.map((each) => diffEvidence(view, each)),
    });
  });
}

const consequences: Readonly<Record<string, string>> = {
  'KUBE-MARK-MASQ': 'connections from outside, from the node and back to the same backend get no answer',
  'KUBE-POSTROUTING': 'connections from outside, from the node and back to the same backend get no answer',
  'KUBE-FORWARD': 'forwarded connections may be dropped, or packets of broken ones let through',
  'KUBE-SERVICES': 'node ports are not reached',
  'KUBE-FIREWALL': 'programs that listen on localhost may be reached from other hosts',
};

function placeOf({ family, table, chain }: Difference): string {
  return `${table}/${chain}${family === 'IPv6' ? ' (IPv6)' : ''}`;
}
