// KPR4xx: the node's own side of a connection: masquerading, routing, the kernel's settings.
import { restartProxy, saveRules, showProxyLog, showProxyPod } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { issues } from './references.ts';

export const nodeFindings = {
  KPR403: {
    title: 'Masquerading is missing or altered',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'The rules that mark connections for masquerading, or that masquerade what is marked, are not as kube-proxy writes them. Answers to clients outside the cluster, on the node itself, or behind the same backend then bypass this node.',
    why: 'Some clients time out and others do not: pods on other nodes work, clients from outside, from a node, or a pod that calls its own Service do not.',
    next: [
      `${saveRules} | grep -e KUBE-POSTROUTING -e KUBE-MARK-MASQ`,
      showProxyPod,
      showProxyLog,
      'From 1.27 on kube-proxy rewrites such a chain only in a full sync, or when the Service changes: restart it to have all rules written anew.',
      restartProxy,
    ],
    references: [`${issues}/124587`, `${issues}/36835`, `${issues}/24224`],
  },
} as const satisfies Record<`KPR4${number}`, CatalogueEntry>;
