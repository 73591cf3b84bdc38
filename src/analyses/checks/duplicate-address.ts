// KPR105: two Services claim one address, port and protocol. The rule that stands first gets all, and which one that
// is changes with every sync.
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { onNode, ruleEvidence, wayName } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const duplicateAddress: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR105'],
  run: (view, group) => group.flatMap((state) => rivals(view, state)),
};

function rivals(view: NodeView, state: PortState): readonly Finding[] {
  return state.frontends.flatMap((frontend) => {
    const { shadowedBy } = frontend;
    if (shadowedBy === undefined) return [];
    const winner = view.dispatches
      .flatMap(({ frontends }) => frontends)
      .find((other) =>
        other.rules.some((rule) => rule.ref.line === shadowedBy.ref.line && rule.ref.family === shadowedBy.ref.family),
      );
    const whose =
      winner === undefined || winner.owner.kind === 'nameless' ? 'another rule' : portText(winner.owner.name);
    return [
      raise('KPR105', view, {
        subject: portSubject(state.name),
        message: `${wayName(frontend)} is claimed by ${portText(state.name)} and by ${whose}: ${onNode(view)} ${whose} stands first and gets every connection`,
        evidence: [ruleEvidence(shadowedBy), ...frontend.rules.map(ruleEvidence)],
      }),
    ];
  });
}
