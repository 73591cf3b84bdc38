// KPR9xx: the text from the node cannot be trusted, so nothing is concluded from it. The first two are `info`, because
// they accuse nobody: what they cost is an answer, and exit code 3 says that.
import { iptablesVersion, restartProxy, saveRules, showProxyPod } from './commands.ts';
import type { CatalogueEntry } from './entry.ts';
import { issues } from './references.ts';

export const textFindings = {
  KPR901: {
    title: 'Rules the reader could not decode',
    severity: 'info',
    cause: 'text',
    meaning:
      'The text holds rules that the iptables which printed it did not understand ("unsupported revision"). Those rules are unread and what depends on them is unknown.',
    why: 'Nothing is said about Services whose path leads through an unread rule: no answer is better than a wrong one. The Services themselves may be well.',
    byDesign:
      'Often: the iptables that printed the text is older than the one that wrote the rules. The kernel runs them all the same.',
    next: [
      iptablesVersion,
      `${saveRules} | grep -n 'unsupported revision'`,
      'Read the rules with the iptables that wrote them: inside the pod for kube-proxy, on the node for a firewall of the host. Compare the two versions and their backends, legacy and nf_tables.',
    ],
    references: [`${issues}/94754`, `${issues}/95409`],
  },
  KPR902: {
    title: 'Text cut short, empty or of the wrong backend',
    severity: 'info',
    cause: 'text',
    meaning:
      'The text is not a whole iptables-save: a table without COMMIT, the trailer missing, no table at all, or the note that a table belongs to the other backend. A command can end well (exit status 0) and print such a text.',
    why: 'A text cut short looks like missing rules. So nothing is concluded from it, and the node counts as not read (exit code 3).',
    next: [
      `${saveRules} | tail -n 3`,
      showProxyPod,
      'The last lines must be COMMIT and "# Completed on". kubectl exec sometimes loses the end of a large text: read again, or save it on the node and copy the file.',
      'Where it says that a table is incompatible, use the save command of the other backend: iptables-nft-save or iptables-legacy-save, without -t.',
    ],
    references: [`${issues}/124571`, `${issues}/60140`, 'https://github.com/kubernetes/kubectl/issues/1361'],
  },
  KPR903: {
    title: 'DNAT rules have lost their destination',
    severity: 'critical',
    cause: 'foreign-rule',
    meaning:
      'DNAT rules of kube-proxy show no destination, or one like ":0 --persistent". Either another program saved and restored the table with a different iptables version and so damaged it, or only this reader shows them wrongly.',
    why: 'If the damage is in the kernel, connections to every Service with such a rule fail, and kube-proxy does not notice. It comes back as long as that program runs.',
    byDesign: 'Only where a second reader, of the version that wrote the rules, shows them whole; then it is KPR901.',
    next: [
      `${saveRules} | grep -n -e '--persistent'`,
      iptablesVersion,
      'Run iptables-save on the node as well. Both damaged: look there for what runs iptables-save and iptables-restore (a firewall service, a network agent, a cron job) and stop it. Then restart kube-proxy:',
      restartProxy,
    ],
    references: [`${issues}/114537`, `${issues}/112477`],
  },
} as const satisfies Record<`KPR9${number}`, CatalogueEntry>;
