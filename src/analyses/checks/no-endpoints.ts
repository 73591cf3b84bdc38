// KPR109 to KPR112: the API offers no endpoint, so refusing is right; and why it offers none.
import type { Finding } from '../../report/finding.ts';
import type { ClusterView, NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { whyNoEndpoints } from '../why-no-endpoints.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const noEndpoints: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR109', 'KPR110', 'KPR111', 'KPR112'],
  run: (view, group) => {
    const { cluster } = view;
    if (cluster === undefined) return [];
    const findings = group.flatMap((state) => findingFor(view, cluster, state) ?? []);
    // The same cause in both families is one finding.
    return findings.filter((finding, at) => findings.findIndex((other) => other.code === finding.code) === at);
  },
};

function findingFor(view: NodeView, cluster: ClusterView, { port, wanted, name }: PortState): Finding | undefined {
  if (port === undefined || !hasNoEndpoints(wanted)) return undefined;
  const { code, because, evidence } = whyNoEndpoints(port, cluster);
  return raise(code, view, {
    subject: portSubject(name),
    message: `${portText(name)} has no usable endpoint: ${because}`,
    evidence,
  });
}

/** Under every reading of the release. */
export function hasNoEndpoints(wanted: PortState['wanted']): boolean {
  return wanted.length > 0 && wanted.every(({ hasEndpoints }) => !hasEndpoints);
}
