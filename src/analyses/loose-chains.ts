// Chains of kube-proxy's that belong to no Service the API has. Unreferenced ones are harmless: large clusters keep
// them for a while. They are told, so that no chain goes unexplained.
import type { Finding } from '../report/finding.ts';
import { nodeSubject, portSubject, portText, raise } from './checks/check.ts';
import { isTrusted, type NodeView } from './node-view.ts';
import { onNode, ruleEvidence } from './words.ts';

export function looseFindings(view: NodeView): readonly Finding[] {
  return view.dispatches.flatMap(({ family, loose, balances }) => {
    if (!isTrusted(view, family)) return [];
    const inUse = new Set(
      balances.flatMap(({ backends, chain }) => [chain, ...backends.map((backend) => backend.chain)]),
    );
    return (
      loose
        // An endpoint's chain goes with the chain that leads to it.
        .filter(({ chain, referenced, ofBackend }) => !(referenced && ofBackend && inUse.has(chain)))
        .map(({ table, chain, owner, comment, referenced, rules }) => {
          const named = owner.kind !== 'nameless';
          const whose = named
            ? `of ${portText(owner.name)}`
            : comment === undefined
              ? 'of no Service that is known'
              : `whose comment says "${comment}"`;
          return raise('KPR201', view, {
            subject: named ? portSubject(owner.name) : nodeSubject(view),
            severity: 'info',
            message: `${table}/${chain} ${whose} is left over ${onNode(view)}: ${referenced ? 'only chains that nothing leads to lead to it' : 'no rule leads to it'}, so it takes no traffic`,
            evidence: rules.slice(0, 4).map(ruleEvidence),
          });
        })
    );
  });
}
