// A rule of another program that jumps to a chain which kube-proxy wants to delete. The kernel refuses that, and with it the
// whole restore of the table: everything that changed since is missing, and the rule is the one cause.
import type { Difference } from '../../proxiers/difference.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode, place } from '../words.ts';
import type { ChangedService } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';
import { serviceEvidence } from './service-evidence.ts';

export function isBlocker({ role, kind }: Difference): boolean {
  return role === 'jump' && kind === 'foreign';
}

/** Whether something that a Service lacks stands in a table that `blockers` keep from being written. */
export function isBlocked({ differences }: ChangedService, blockers: readonly Difference[]): boolean {
  return differences.some(({ family, table }) =>
    blockers.some((blocker) => blocker.family === family && blocker.table === table),
  );
}

/** More names than this in one sentence are counted. */
const mostNames = 12;

/** `blocked` and `details`: the Services that wait for it, and the findings that each would be on its own. */
export function blockedFinding(
  view: NodeView,
  blockers: readonly Difference[],
  blocked: readonly ChangedService[],
  details: readonly Finding[],
): readonly Finding[] {
  if (blockers.length === 0) return [];
  const tables = [...new Set(blockers.map(({ table, family }) => (family === 'IPv6' ? `${table} (IPv6)` : table)))];
  const rules = blockers.flatMap(({ lines }) => lines.flatMap(({ rule }) => rule ?? []));
  const places = rules.map((rule) => `${place(rule)} in ${rule.ref.chain}`);
  const chains = rules.flatMap(({ target }) => (target.kind === 'jump' || target.kind === 'goto' ? target.chain : []));
  const one = rules.length === 1;
  const names = blocked.map(({ namespace, name }) => `${namespace}/${name}`);
  const missing =
    names.length === 0
      ? ''
      : `; changes to ${count(names.length, 'Service')} are missing (${listing(names, mostNames)})`;
  return [
    raise('KPR204', view, {
      subject: nodeSubject(view),
      message: `${listing(places)} ${onNode(view)}, ${one ? "a rule that is not kube-proxy's, jumps" : "rules that are not kube-proxy's, jump"} to ${listing([...new Set(chains)])}, which kube-proxy has to delete: until ${one ? 'that rule is' : 'those rules are'} gone, nothing more is written to ${listing(tables)}${missing}`,
      evidence: [...blockers.map((each) => diffEvidence(view, each)), ...serviceEvidence(details)],
    }),
  ];
}
