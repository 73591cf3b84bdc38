// KPR409: the node does not pass packets on. Without that no pod of it reaches anything, and nothing reaches a pod of it.
import type { Family } from '../../address.ts';
import { onNode } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

const keys: Readonly<Record<Family, string>> = {
  IPv4: 'net.ipv4.ip_forward',
  IPv6: 'net.ipv6.conf.all.forwarding',
};

export const forwarding: NodeCheck = {
  about: 'node',
  codes: ['KPR409'],
  run: (view) =>
    (['IPv4', 'IPv6'] as const).flatMap((family) => {
      const key = keys[family];
      const served = view.cluster?.ports.some((port) => port.family === family) ?? family === 'IPv4';
      if (!served || view.walk.sysctls?.get(key) !== '0') return [];
      return [
        raise('KPR409', view, {
          subject: nodeSubject(view),
          message: `${key} is 0 ${onNode(view)}: it passes no ${family} packets on, neither from its pods nor to them`,
          evidence: [{ kind: 'text', line: 0, text: `${key} = 0` }],
        }),
      ];
    }),
};
