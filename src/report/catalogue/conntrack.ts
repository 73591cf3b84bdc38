// KPR5xx: connection tracking, which remembers for each connection where it was led.
import { saveRules, showEndpoints, showProxyLog, showProxyPod } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { issues, pulls } from './references.ts';

export const conntrackFindings = {
  KPR501: {
    title: 'Tracked UDP connections go to a former endpoint',
    severity: 'warning',
    cause: 'conntrack',
    meaning:
      'Connection tracking holds UDP connections to a Service that were led to an endpoint the API offers no more. Rules are asked for the first packet of a connection only, and a client that keeps sending from one port keeps its connection.',
    why: 'Such clients get no answer for as long as they send, while new ones are well: typically DNS or metrics after a pod was replaced. kube-proxy should have deleted the entries.',
    byDesign: 'For some seconds behind a change of endpoints.',
    next: [
      showEndpoints,
      showProxyLog,
      'On the node, conntrack -D -p udp --orig-dst with the address of the Service has the clients led anew.',
    ],
    references: [`${issues}/125467`, `${issues}/126468`, `${issues}/48370`],
  },
  KPR504: {
    title: 'The table of tracked connections is full',
    severity: 'warning',
    cause: 'conntrack',
    meaning: 'The kernel tracks nearly as many connections on this node as it has room for, or as many.',
    why: 'New connections of any kind are dropped at random while old ones go on. The kernel says so in its log: nf_conntrack: table full, dropping packet.',
    next: [
      showProxyPod,
      'On the node, conntrack -L tells whose they are; conntrack -S counts what was dropped.',
      'The size is set by conntrack.maxPerCore and conntrack.min in the configuration of kube-proxy, 131072 at least by default.',
    ],
    references: [`${issues}/18604`, `${issues}/71261`],
  },
  KPR505: {
    title: 'Masquerading does not choose ports at random',
    severity: 'warning',
    cause: 'conntrack',
    meaning:
      'The node has lost connections since two of them wanted the same addresses and ports, and a rule that masquerades takes ports in order: two connections at once then take the same.',
    why: 'Now and then a new connection hangs for one or three seconds, until its first packet is sent again. The counter is of all causes since the node started: watch whether it grows.',
    next: [
      `${saveRules} | grep -e MASQUERADE`,
      'On the node, conntrack -S twice: does insert_failed grow?',
      'With iptables 1.6.2 or newer kube-proxy says --random-fully; ip-masq-agent and the network plugins can, too.',
    ],
    references: [`${issues}/56903`, `${pulls}/78547`],
  },
} as const satisfies Record<`KPR5${number}`, CatalogueEntry>;
