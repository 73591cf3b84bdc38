// Session affinity that kube-proxy has not followed: KPR201 where the rules keep what the Service gave up or changed,
// KPR203 where they lack what it asks for.
import type { Balance } from '../../proxiers/dispatch.ts';
import type { PortState } from '../port-state.ts';
import { duration, onNode, ruleEvidence } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const otherAffinity: Check = {
  about: 'service-port',
  of: 'kube-proxy',
  codes: ['KPR201', 'KPR203'],
  run: (view, group) => {
    const found = group.flatMap((state) => unfollowed(state).map((balance) => ({ state, balance })));
    return found.slice(0, 1).map(({ state, balance }) =>
      raise(balance.affinitySeconds === undefined ? 'KPR203' : 'KPR201', view, {
        subject: portSubject(state.name),
        severity: 'warning',
        message: `${balance.chain} of ${portText(state.name)} ${onNode(view)} ${keeps(balance.affinitySeconds)}; the Service asks for ${asks(state.port?.affinitySeconds)}`,
        evidence: balance.rules.map(ruleEvidence),
      }),
    );
  },
};

/** Chains whose affinity is not what the Service asks for. */
export function unfollowed({ port, balances }: PortState): readonly Balance[] {
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
