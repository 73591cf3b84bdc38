// KPR3xx: kube-proxy's rules are there, and traffic does not meet them.
import { iptablesVersion, restartProxy, saveRules, showProxyLog, showProxyPod, whoHasAddress } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { docs, enhancements, issues, pulls } from './references.ts';

export const foreignFindings = {
  KPR301: {
    title: 'kube-proxy’s rules stand in both backends',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      "The node has kube-proxy's chains in the nf_tables backend of iptables and in the legacy one. kube-proxy keeps those of one backend only; the others were left by an earlier kube-proxy, or belong to a second one.",
    why: 'The kernel asks both backends, and the one it asks first gets the connection. Rules that nobody keeps lead to pods that are long gone, or refuse Services that have endpoints.',
    byDesign: 'Where only kubelet’s hint or another program’s chains stand in the other backend: that is not reported.',
    next: [
      iptablesVersion,
      saveRules,
      'On the node, compare iptables-legacy-save and iptables-nft-save: whose rules are newer?',
      'Remove the chains of the backend that kube-proxy does not use, or restart the node: the rules of neither outlast that.',
    ],
    references: [`${issues}/71305`, `${issues}/107965`, 'https://github.com/kubernetes-sigs/iptables-wrappers'],
  },
  KPR302: {
    title: 'One rule stands in a chain many times',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      'A chain holds the very same rule ten times or more. A program adds it without looking whether it is there, or looks with an iptables that cannot recognise what another release wrote.',
    why: 'Each copy costs every packet that passes, and the chain grows until iptables needs minutes for it: then kube-proxy falls behind.',
    next: [
      `${saveRules} | grep -e '^-A '`,
      iptablesVersion,
      'Compare with iptables --version on the node: 1.8.1, 1.8.2 and 1.8.8 are known for it.',
    ],
    references: [`${issues}/82361`, `${issues}/112477`],
  },
  KPR303: {
    title: 'Another mode of kube-proxy has left something',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      'The node holds what only another mode of kube-proxy writes: chains, the device kube-ipvs0, or the rules of iptables mode where kube-proxy says it works otherwise. Between iptables and ipvs mode kube-proxy cleans nothing up.',
    why: 'Where packets meet it first, Services behave as they did at the change of mode. Addresses of Services on kube-ipvs0 are answered by the node itself.',
    next: [
      showProxyPod,
      saveRules,
      'Drain the node and restart it, or run kube-proxy --cleanup there while no kube-proxy is running.',
    ],
    references: [`${issues}/109286`, `${issues}/102314`, 'https://github.com/gardener/gardener/issues/4599'],
  },
  KPR304: {
    title: 'The rules are left by a kube-proxy that is gone',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      'Another program serves Services on this node, no kube-proxy runs there, and the rules of the former one are still in place. They hold the Services of the day it was removed.',
    why: 'Packets may meet the old rules before the new data plane sees them, and go to pods that are long gone.',
    next: [
      showProxyPod,
      'kubectl get pods -A -o wide --field-selector spec.nodeName={node}',
      'If kube-proxy was replaced on purpose, run kube-proxy --cleanup on the node, or restart the node.',
    ],
    references: [`${issues}/119265`],
  },
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
  KPR307: {
    title: 'A hostPort and a Service have the same port',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      "A pod's hostPort has the number of a node port, or of a port of a Service at one of the node's addresses. Both have rules in nat, and those that stand first take the connections.",
    why: 'The other one gets nothing on this node, and works on nodes without that pod. Which one wins changes when either program writes its jump anew.',
    byDesign: 'Never: choose another hostPort or another node port.',
    next: [
      `${saveRules} | grep -E -e '^-A (PREROUTING|OUTPUT) ' -e CNI- -e KUBE-HOSTPORTS`,
      'kubectl get pods -A -o wide --field-selector spec.nodeName={node}',
      'If no pod has that hostPort any more, its rules are left: remove the chain CNI-DN of it.',
    ],
    references: [
      'https://github.com/containernetworking/plugins/pull/269',
      'https://github.com/containernetworking/cni/issues/577',
      `${issues}/66103`,
    ],
  },
  KPR308: {
    title: 'The policy of FORWARD drops packets of pods',
    severity: 'critical',
    cause: 'foreign-rule',
    meaning:
      'The policy of FORWARD is DROP, and no rule accepts these packets before. kube-proxy accepts only what it masquerades and what belongs to a connection; the rest is for the network plugin to accept.',
    why: 'New connections from pods to pods hang, through Services as well. Clients from outside are masqueraded and often work. Docker sets this policy when it starts.',
    next: [
      `${saveRules} | grep -E -e '^:FORWARD ' -e '^-A FORWARD '`,
      'kubectl get pods -n kube-system -o wide --field-selector spec.nodeName={node}',
      'Is the network plugin running there? Most accept the range of pods in FORWARD. Else, on the node: iptables -P FORWARD ACCEPT.',
    ],
    references: [`${issues}/40182`, `${issues}/39823`, 'https://github.com/moby/moby/pull/28257'],
  },
  KPR309: {
    title: 'A host firewall stops packets for backends',
    severity: 'critical',
    cause: 'foreign-rule',
    meaning:
      "A rule in FORWARD or INPUT that is not kube-proxy's drops or refuses packets that kube-proxy has led to a backend. firewalld, ufw and the installers of many distributions set such rules.",
    why: 'Connections hang, or are refused with icmp-host-prohibited, although every rule of kube-proxy is right.',
    byDesign: 'Where the firewall is meant to keep these clients out.',
    next: [
      `${saveRules} | grep -E -e '^-A (INPUT|FORWARD) '`,
      'On the node: firewall-cmd --state, ufw status, nft list ruleset.',
      'Let the firewall accept the ranges of pods and Services, or put its rule behind KUBE-FORWARD.',
    ],
    references: [`${issues}/59656`, 'https://github.com/k3s-io/k3s/issues/7203'],
  },
  KPR310: {
    title: 'Packets to be dropped are not dropped',
    severity: 'warning',
    cause: 'foreign-rule',
    meaning:
      'KUBE-MARK-DROP marks packets and KUBE-FIREWALL drops what is marked; kubelet made both to release 1.26. One of them is there without the other, or nothing leads to it.',
    why: 'Clients outside the source ranges of a load balancer get in, and packets for 127.0.0.1 from other hosts are let through.',
    next: [
      `${saveRules} | grep -e KUBE-MARK-DROP -e KUBE-FIREWALL`,
      'kubectl get node {node} -o wide',
      'Restart kubelet on the node where it is older than 1.27: it writes both anew. Newer releases use neither.',
    ],
    references: [`${enhancements}/issues/3178`, `${issues}/92275`, `${issues}/80462`],
  },
  KPR311: {
    title: 'Packets for a Service are not tracked',
    severity: 'info',
    cause: 'foreign-rule',
    meaning:
      'A rule in raw keeps packets for the address of a Service from connection tracking, so that no rule of nat sees them. NodeLocal DNSCache does so for the address of the cluster’s DNS, which it answers on the node itself.',
    why: 'The counters of that Service stay at zero and its endpoints get no queries from this node. If the cache is gone and its rules are left, names are not resolved there.',
    byDesign: 'With NodeLocal DNSCache.',
    next: [
      'kubectl get pods -n kube-system -l k8s-app=node-local-dns -o wide',
      `${saveRules} | grep -e NOTRACK -e notrack`,
      'On the node, ip addr show nodelocaldns tells whether the cache holds the address.',
    ],
    references: [`${docs}/tasks/administer-cluster/nodelocaldns/`, `${issues}/98758`],
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
