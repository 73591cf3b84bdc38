// KPR2xx: the API's objects are right and the installed rules are not what kube-proxy would write for them.
import { pastTheRules, restartProxy, showEndpoints, showProxyLog, showProxyPod } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { issues, pulls } from './references.ts';

const restartHelps =
  'If the log names no cause, restart kube-proxy on that node: its first sync writes every rule anew, and open connections stay open. Keep a capture first.';
const noSuchPod =
  'No pod found? On k3s, k0s and MicroK8s kube-proxy runs inside the node agent, and on some platforms its pods carry the label component=kube-proxy.';

export const kubeProxyFindings = {
  KPR201: {
    title: 'Stale endpoint',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'The installed rules send connections to an address that no EndpointSlice of the Service offers any more. kube-proxy on this node missed a change or could not write it.',
    why: 'The share of new connections that the rule takes times out ("no route to host" too), or reaches whatever pod has that address now. Only nodes with the stale rule are affected, so it comes and goes with the node the client is on.',
    byDesign: 'Within a few seconds of a change, or while a sync of a large cluster is under way.',
    next: [
      showProxyPod,
      showProxyLog,
      showEndpoints,
      'kubectl get pods -A -o wide | grep -wF {address}',
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [`${issues}/28674`, `${issues}/67875`, `${issues}/70493`, `${issues}/47589`],
  },
  KPR202: {
    title: 'Refused although endpoints exist',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'A rule in the filter table rejects or drops the Service ("has no endpoints"), while the EndpointSlices offer endpoints that kube-proxy should use here. The rule is left over, or kube-proxy never saw the endpoints.',
    why: 'Connections through this node are refused at once, or time out where the rule drops. Through other nodes the Service works.',
    byDesign: 'In the first seconds after an endpoint became ready.',
    next: [
      showProxyPod,
      showProxyLog,
      showEndpoints,
      'The next command goes past the rules: if the application answers on the local port it opens, the pods are well.',
      pastTheRules,
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [
      `${issues}/93682`,
      `${issues}/98577`,
      `${issues}/102314`,
      'https://github.com/projectcalico/calico/issues/2024',
    ],
  },
  KPR203: {
    title: 'Endpoint or chain missing from the rules',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'The EndpointSlices offer an endpoint, and the installed rules lack it, or lack the chain or rule that leads to it. From 1.27 on kube-proxy rewrites only the Services that changed, so what was once lost or deleted stays lost.',
    why: 'New pods get no traffic from this node, the remaining backends carry it all. If it was the only endpoint, or a rule on the way to it, connections time out.',
    byDesign: 'Within a few seconds of a change, or while a sync of a large cluster is under way.',
    next: [
      showProxyPod,
      showProxyLog,
      showEndpoints,
      'A restore that fails ("iptables-restore" with an error in the log) keeps every later change out as well: look for the line it names.',
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [`${issues}/121362`, `${pulls}/122204`, `${issues}/112604`, `${pulls}/138635`],
  },
  KPR204: {
    title: 'Rules are frozen',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'Every change of the API after some moment is missing from the rules, and everything from before is there: kube-proxy stopped writing. Most often iptables-restore refuses its input as a whole, over one line or over a chain that somebody else jumps to, or waits for a lock.',
    why: 'Old Services work and new ones do not; backends that are gone still get connections. kube-proxy may look well all the while: its health only says that it tries.',
    byDesign: 'While a sync of a large cluster is under way.',
    next: [
      showProxyLog,
      showProxyPod,
      'A restore that fails is in the log with the line it stumbled over ("iptables-restore: line 1234 failed"), a lock that is held with "xtables lock". What that line is about is the cause: one object with a bad address, a kernel without a match, a jump of another program into a KUBE- chain.',
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [`${issues}/105742`, `${issues}/73157`, `${issues}/80297`, `${issues}/112477`],
  },
  KPR206: {
    title: 'kube-proxy wrote no rules, or they were flushed',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      "kube-proxy's chains are there and none of its rules for Services is: it never finished a sync on this node, or somebody flushed the table since.",
    why: 'No Service answers through this node, while everything works through others.',
    byDesign: 'In the first seconds after the node or kube-proxy started.',
    next: [
      showProxyPod,
      showProxyLog,
      'From 1.27 on kube-proxy notices a flush only when its canary chain in mangle is gone too: after a flush of nat alone, restart it.',
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [`${issues}/35641`, `${issues}/61005`, `${pulls}/81517`],
  },
  KPR212: {
    title: 'kube-proxy hears nothing from the API server',
    severity: 'critical',
    cause: 'kube-proxy',
    meaning:
      'The rules lack every change after some moment, and by its own metrics kube-proxy was never told of them: nothing was queued since. Its watch of the API server has ended, or hangs.',
    why: 'The node goes on with the Services and endpoints of that moment. Health checks stay green, because kube-proxy has nothing to write.',
    next: [
      showProxyLog,
      showProxyPod,
      'Can the node reach the API server? kube-proxy uses the address in its kubeconfig, not the Service default/kubernetes.',
      restartHelps,
      restartProxy,
      noSuchPod,
    ],
    references: [`${issues}/57109`, `${issues}/83263`, `${issues}/134648`],
  },
} as const satisfies Record<`KPR2${number}`, CatalogueEntry>;
