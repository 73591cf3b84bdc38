// KPR103: session affinity as installed, and where it differs from what the Service asks for.
import type { Balance } from '../../proxiers/dispatch.ts';
import type { Finding } from '../../report/finding.ts';
import type { PortState } from '../port-state.ts';
import { duration, onNode, ruleEvidence } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const affinity: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR103'],
  run: (view, group) => {
    const findings: Finding[] = [];
    for (const state of group) {
      const { name, port } = state;
      for (const { affinitySeconds, chain, rules } of otherAffinity(state)) {
        if (port === undefined) continue;
        const message = `${chain} of ${portText(name)} ${onNode(view)} ${keeps(affinitySeconds)}; the Service asks for ${asks(port.affinitySeconds)}`;
        findings.push(
          raise('KPR103', view, {
            subject: portSubject(name),
            severity: 'warning',
            message,
            evidence: rules.map(ruleEvidence),
          }),
        );
      }
    }
    return findings.slice(0, 1);
  },
};

/** Chains whose affinity is not what the Service asks for. */
export function otherAffinity({ port, balances }: PortState): readonly Balance[] {
  if (port === undefined) return [];
  return balances.filter(
    ({ affinitySeconds, backends }) => backends.length > 0 && affinitySeconds !== port.affinitySeconds,
  );
}

export function keeps(seconds: number | undefined): string {
  return seconds === undefined ? 'has no session affinity' : `keeps a client with its backend for ${duration(seconds)}`;
}

export function asks(seconds: number | undefined): string {
  return seconds === undefined ? 'none' : `ClientIP affinity of ${duration(seconds)}`;
}
