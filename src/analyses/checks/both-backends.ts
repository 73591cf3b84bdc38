// KPR301: kube-proxy's chains stand in both backends of iptables, and the kernel asks both.
import { isTrusted } from '../node-view.ts';
import { count, onNode, type ruleEvidence } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const bothBackends: NodeCheck = {
  about: 'node',
  codes: ['KPR301'],
  run: (view) =>
    view.installed.remains().otherBackends.flatMap(({ ruleset, chains, services, jumps, differences }) => {
      const { family } = ruleset;
      if (!isTrusted(view, family)) return [];
      // iptables-save of before 1.8 and the legacy one of after say nothing.
      const backend = ruleset.generatedBy?.backend ?? 'legacy';
      const what = `kube-proxy's chains stand in both backends of iptables ${onNode(view)} (${family}): ${count(chains, 'chain')} in the ${backend} one, too`;
      const wrong = view.cluster === undefined ? undefined : differences(view.cluster, view.facts);
      const hooked = jumps.length > 0;
      const told = !hooked
        ? ', where no packet meets them'
        : wrong === undefined
          ? ', and the kernel asks both'
          : wrong === 0
            ? `, and the kernel asks both; they say the same today (${count(services, 'chain')} of service ports and endpoints), and nobody keeps them so`
            : `, where they are not what kube-proxy would write today (${count(wrong, 'difference')}): the kernel asks both, and the one it asks first decides`;
      return [
        raise('KPR301', view, {
          subject: nodeSubject(view),
          severity: hooked ? (wrong !== undefined && wrong > 0 ? 'critical' : 'warning') : 'info',
          message: `${what}${told}`,
          evidence: jumps.slice(0, 4).map((rule) => otherEvidence(backend, rule.text)),
        }),
      ];
    }),
};

/** Lines of another text than the one that rules are cited from. */
function otherEvidence(backend: string, text: string): ReturnType<typeof ruleEvidence> {
  return { kind: 'text', line: 0, text: `${backend}: ${text}` };
}
