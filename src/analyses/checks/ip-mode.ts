// KPR119: load balancer IPs of ipMode Proxy are the load balancer's own; kube-proxy must not take their traffic.
import type { Finding } from '../../report/finding.ts';
import { onNode, ruleEvidence } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const ipMode: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR119'],
  run: (view, group) => {
    const findings: Finding[] = [];
    for (const { port, name, frontends } of group) {
      for (const address of port?.proxyModeIPs ?? []) {
        const taken = frontends.find((frontend) => frontend.address === address);
        const message =
          taken === undefined
            ? `load balancer IP ${address} of ${portText(name)} has ipMode Proxy: traffic to it leaves the node for the load balancer, by design without rules`
            : `load balancer IP ${address} of ${portText(name)} has ipMode Proxy, and rules ${onNode(view)} take its traffic: the load balancer is passed by`;
        findings.push(
          raise('KPR119', view, {
            subject: portSubject(name),
            message,
            severity: taken === undefined ? 'info' : 'warning',
            evidence: taken?.rules.map(ruleEvidence) ?? [],
          }),
        );
      }
    }
    return findings;
  },
};
