// KPR505: connections were lost since two were masqueraded to one port at once, and rules that masquerade do not choose at
// random. The counter is of all causes and since the node started.
import { isTrusted } from '../node-view.ts';
import { listing, onNode, place, ruleEvidence } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

/** A few are lost by chance on any node. */
const few = 100;

export const randomPorts: NodeCheck = {
  about: 'node',
  codes: ['KPR505'],
  run: (view) => {
    const { insertFailed } = view.conntrack;
    if (insertFailed === undefined || insertFailed === 0) return [];
    const rules = view.installed.rulesets
      .filter(({ family }) => isTrusted(view, family))
      .flatMap(({ tables }) => tables.filter(({ name }) => name === 'nat'))
      .flatMap((table) => [...table.chains()].filter(({ name }) => !/^KUBE-(SVC|SVL|SEP|EXT|FW)-/.test(name)))
      .flatMap((chain) => chain.rules())
      .filter(({ target }) => target.kind === 'MASQUERADE' && target.options['random-fully'] === undefined);
    if (rules.length === 0) return [];
    return [
      raise('KPR505', view, {
        subject: nodeSubject(view),
        severity: insertFailed < few ? 'info' : 'warning',
        message: `${insertFailed} connections were lost ${onNode(view)} since it started, where two wanted one tuple (insert_failed), and ${listing(rules.map(place))} ${rules.length === 1 ? 'masquerades' : 'masquerade'} without --random-fully`,
        evidence: [
          { kind: 'text', line: 0, text: `insert_failed: ${insertFailed}` },
          ...rules.slice(0, 4).map(ruleEvidence),
        ],
      }),
    ];
  },
};
