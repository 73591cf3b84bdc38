// KPR504: the table of tracked connections is full, or nearly: then new connections are lost.
import { onNode } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

/** Of the table. A burst takes the rest within seconds. */
const nearly = 0.9;

export const conntrackFull: NodeCheck = {
  about: 'node',
  codes: ['KPR504'],
  run: (view) => {
    const { count, max, dropped } = view.conntrack;
    if (count === undefined || max === undefined || max === 0 || count < max * nearly) return [];
    const lost =
      dropped === undefined || dropped === 0 ? '' : `; ${dropped} packets were dropped since the node started`;
    const full = count >= max;
    return [
      raise('KPR504', view, {
        subject: nodeSubject(view),
        severity: full ? 'critical' : 'warning',
        message: `the table of tracked connections ${onNode(view)} is ${full ? 'full' : `${Math.floor((count / max) * 100)} % full`}: ${count} of ${max}${lost}`,
        evidence: [
          { kind: 'text', line: 0, text: `net.netfilter.nf_conntrack_count = ${count}` },
          { kind: 'text', line: 0, text: `net.netfilter.nf_conntrack_max = ${max}` },
        ],
      }),
    ];
  },
};
