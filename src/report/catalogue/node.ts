// KPR4xx: the node's own side of a connection: masquerading, routing, the kernel's settings.
import { restartProxy, saveRules, showProxyLog, showProxyPod } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { docs, issues } from './references.ts';

export const nodeFindings = {
  KPR402: {
    title: 'A backend cannot reach itself by its Service',
    severity: 'warning',
    cause: 'kube-proxy',
    meaning:
      "A connection that a backend opens to its own Service and that comes back to it must be masqueraded, and the rule for that is missing or altered in the backend's chain.",
    why: 'The backend sees a packet from its own address and throws it away. One connection in as many as there are backends hangs, and only for clients that are backends themselves.',
    next: [
      `${saveRules} | grep -e KUBE-SEP-`,
      showProxyLog,
      'Restart kube-proxy to have all rules written anew.',
      restartProxy,
    ],
    references: [`${issues}/20475`, `${issues}/45790`],
  },
  KPR403: {
    title: 'Masquerading is missing or altered',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'The rules that mark connections for masquerading, or that masquerade what is marked, are not as kube-proxy writes them, or it takes another range for the pods’ than the nodes have. Answers to clients outside the cluster, on the node itself, or behind the same backend then bypass this node.',
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
  KPR404: {
    title: 'Packets within the bridge do not meet the rules',
    severity: 'warning',
    cause: 'node',
    meaning:
      'The pods of this node are on a bridge, and bridge-nf-call-iptables is 0: packets from pod to pod pass the bridge without iptables and connection tracking.',
    why: "A pod that reaches a backend on its own node through a Service gets the answer from the backend's own address and refuses it. Backends on other nodes work.",
    byDesign: 'Where the network plugin routes between its pods and uses the bridge for something else.',
    next: [
      'kubectl get node {node} -o wide',
      'On the node: modprobe br_netfilter; sysctl -w net.bridge.bridge-nf-call-iptables=1, and set both for the next start.',
    ],
    references: [
      `${docs}/setup/production-environment/container-runtimes/`,
      `${issues}/24019`,
      'https://docs.kernel.org/networking/ip-sysctl.html',
    ],
  },
  KPR405: {
    title: 'Packets that come by another way are dropped',
    severity: 'warning',
    cause: 'node',
    meaning:
      'The sysctl rp_filter is set, and the way back to the client does not lead out by the interface its packets come in by: the kernel drops them before any rule of filter.',
    why: 'Connections hang without a trace in the counters of any rule. It shows with several uplinks, tunnels, and after some daemons set rp_filter anew.',
    next: [
      'kubectl get node {node} -o wide',
      'On the node: sysctl -a --pattern rp_filter, and ip route get the address of the client.',
      'Set rp_filter to 2 (loose) or 0 for the interfaces of pods and tunnels, in a file that sorts behind the one that sets it to 1.',
    ],
    references: ['https://github.com/cilium/cilium/issues/13130', 'https://docs.kernel.org/networking/ip-sysctl.html'],
  },
  KPR406: {
    title: 'Other hosts reach what listens on localhost',
    severity: 'warning',
    cause: 'node',
    meaning:
      'The sysctl route_localnet is 1, which kube-proxy sets so that node ports work at 127.0.0.1, and the rule that drops packets for 127.0.0.0/8 from elsewhere is missing (CVE-2020-8558).',
    why: "Hosts of the same network reach programs on the node that believe themselves private, such as kubelet's read-only port or an API server without a password.",
    next: [
      `${saveRules} | grep -e KUBE-FIREWALL`,
      showProxyPod,
      'Restart kube-proxy: from release 1.27 on it writes that rule itself; before that kubelet does.',
      restartProxy,
    ],
    references: [`${issues}/92315`, `${issues}/90259`],
  },
  KPR409: {
    title: 'The node does not pass packets on',
    severity: 'critical',
    cause: 'node',
    meaning: 'Forwarding is off on this node, or it has no route to where kube-proxy leads the packets.',
    why: 'Its pods reach nothing outside themselves, and nobody reaches them, by Services or without. Something has reset the sysctl: a script, a security profile, a network manager.',
    next: [
      'kubectl get node {node} -o wide',
      'kubectl get pods -n kube-system -o wide --field-selector spec.nodeName={node}',
      'On the node: sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding; ip route.',
    ],
    references: [`${docs}/setup/production-environment/container-runtimes/`],
  },
} as const satisfies Record<`KPR4${number}`, CatalogueEntry>;
