// KPR304: kube-proxy's rules are left where something else does its work. Only where three things meet: another data
// plane is there, no kube-proxy is to be seen, and the rules do not follow the API any more. Cilium beside a kube-proxy,
// and a kube-proxy inside another program (k3s), keep the rules as the API has them.
import { replacementOf } from '../../proxiers/replacements.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import { portStates } from '../port-state.ts';
import { count, onNode } from '../words.ts';
import { nodeSubject, raise, type TrafficCheck } from './check.ts';

export const replaced: TrafficCheck = {
  about: 'traffic',
  codes: ['KPR304'],
  run: (view, { each }): readonly Finding[] => {
    const { cluster, installed } = view;
    // A question about one Service may have read its own pods only.
    if (each) return [];
    if (cluster === undefined || !cluster.snapshot.kinds.has('Pod') || view.name === '' || hasKubeProxy(view))
      return [];
    const replacement = replacementOf(installed.rulesets, view.devices);
    if (replacement === undefined) return [];
    const states = portStates(view);
    const lacking = states.filter(({ missingWays, frontends }) => missingWays.length > 0 && frontends.length === 0);
    if (lacking.length === 0) return [];
    const served = states.flatMap(({ port, frontends }) =>
      frontends.length === 0 ? [] : (port?.service.created ?? []),
    );
    const newest = served.sort().at(-1);
    return [
      raise('KPR304', view, {
        subject: nodeSubject(view),
        message: `the rules ${onNode(view)} are left by a kube-proxy that is gone: ${replacement.name} is there (${replacement.by}), no pod of kube-proxy is, and ${count(lacking.length, 'service port')} of the API have no rule${newest === undefined ? '' : `; the newest Service that has one was made ${newest}`}`,
        evidence: [
          { kind: 'text', line: 0, text: replacement.by },
          { kind: 'object', object: 'Pods', says: `none of kube-proxy's is on ${view.name}` },
        ],
      }),
    ];
  },
};

function hasKubeProxy({ cluster, name, proxyMode, metrics }: NodeView): boolean {
  if (proxyMode !== undefined || metrics !== undefined) return true;
  return (cluster?.snapshot.pods ?? []).some(
    (pod) => pod.node === name && (pod.labels['k8s-app'] === 'kube-proxy' || /^kube-proxy(-|$)/.test(pod.name)),
  );
}
