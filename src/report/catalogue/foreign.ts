// KPR3xx: kube-proxy's rules are there, and traffic does not meet them.
import { restartProxy, saveRules, showProxyLog, showProxyPod, whoHasAddress } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { docs, issues, pulls } from './references.ts';

export const foreignFindings = {
  KPR305: {
    title: "Jump to kube-proxy's chains is missing",
    severity: 'critical',
    cause: 'foreign-rule',
    meaning:
      "kube-proxy's chains are filled, and a base chain no longer jumps to them. Something flushed or rewrote the base chain: a firewall reload (firewalld, ufw), a script that restores saved rules, or a hand.",
    why: 'In the nat table, without the jump from PREROUTING to KUBE-SERVICES no Service answers pods and clients that come through this node, without that from OUTPUT none answers the node itself. From 1.27 on kube-proxy restores jumps only in a full sync, which may be an hour away or never come.',
    next: [
      `${saveRules} | grep -E -e '^-A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) '`,
      showProxyPod,
      showProxyLog,
      'To bring the jumps back now, restart kube-proxy on that node: its first sync is a full one.',
      restartProxy,
      'Then find what flushed them, or it happens again: on the node, journalctl -u firewalld -u ufw -u iptables.',
    ],
    references: [
      'https://github.com/rancher/rke2/issues/10469',
      'https://github.com/k3s-io/k3s/issues/7542',
      `${issues}/75360`,
      `${pulls}/81517`,
    ],
  },
  KPR306: {
    title: 'Another rule stands before or among kube-proxy’s',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      "A rule that is not kube-proxy's stands in one of its chains, or before the jump to them, and takes connections that are for a Service.",
    why: 'Those connections go elsewhere, hang or are refused, whatever the Service says. A rule in a chain that kube-proxy rewrites vanishes at its next sync, and whoever put it there may put it there again.',
    byDesign: 'Where a host port or a local cache is meant to answer in place of the Service.',
    next: [
      saveRules,
      showProxyLog,
      'Whose rule is it? Its comment and the names of the chains around it tell, and on the node journalctl -u firewalld -u ufw -u docker.',
    ],
    references: [`${issues}/66590`, `${issues}/78994`, 'https://github.com/projectcalico/calico/issues/2672'],
  },
  KPR312: {
    title: 'No Service has this address',
    severity: 'warning',
    cause: 'api',
    meaning:
      'The address is in no Service. No rule takes it, so packets for it leave the node by its default route, as for any address.',
    why: 'Connections time out. Usually the Service was deleted and made again with a new cluster IP, and the client still holds the old one: from a DNS cache, an environment variable or a configuration file.',
    byDesign: 'Where the address is not meant to be a Service at all.',
    next: [
      whoHasAddress,
      'kubectl get services -A',
      'kubectl get servicecidrs',
      'Restart the client if it holds an old address; pods get the addresses of Services in their environment only when they start. servicecidrs need Kubernetes 1.33.',
    ],
    references: [`${docs}/concepts/services-networking/cluster-ip-allocation/`],
  },
} as const satisfies Record<`KPR3${number}`, CatalogueEntry>;
