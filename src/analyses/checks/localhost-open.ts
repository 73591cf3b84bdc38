// KPR406: other hosts reach programs that listen on 127.0.0.1 (CVE-2020-8558): route_localnet is on, and no rule guards it.
import { onNode } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const localhostOpen: NodeCheck = {
  about: 'node',
  codes: ['KPR406'],
  run: (view) => {
    const key = 'net.ipv4.conf.all.route_localnet';
    if (view.walk.sysctls?.get(key) !== '1' || !view.installed.remains().localhostOpen) return [];
    return [
      raise('KPR406', view, {
        subject: nodeSubject(view),
        message: `${key} is 1 ${onNode(view)}, and no rule drops packets for 127.0.0.0/8 from other hosts: they reach what listens on localhost there`,
        evidence: [{ kind: 'text', line: 0, text: `${key} = 1` }],
      }),
    ];
  },
};
