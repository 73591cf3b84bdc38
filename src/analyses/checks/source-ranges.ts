// KPR107: loadBalancerSourceRanges: who may use the load balancer IPs, and ranges that do not do what they seem to.
import { familyOf } from '../../address.ts';
import type { PortState } from '../port-state.ts';
import { listing, onNode } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const sourceRanges: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR107'],
  run: (view, group) =>
    group.flatMap((state) => {
      const fault = openInSpiteOf(state);
      const { port, name } = state;
      if (port === undefined || port.loadBalancerIPs.length === 0) return [];
      if (fault === undefined && port.sourceRanges.length === 0) return [];
      const message =
        fault ??
        `${listing(port.loadBalancerIPs)} of ${portText(name)} is open ${onNode(view)} to ${listing(port.sourceRanges, 6)} only; everybody else is dropped, pods and nodes included unless they are in there`;
      const evidence = [
        {
          kind: 'object' as const,
          object: `Service ${name.namespace}/${name.name}`,
          says: `loadBalancerSourceRanges: ${port.service.loadBalancerSourceRanges.join(', ')}`,
        },
      ];
      return [
        raise('KPR107', view, {
          subject: portSubject(name),
          message,
          evidence,
          severity: fault === undefined ? 'info' : 'warning',
        }),
      ];
    }),
};

/** A list without a range of this family, or with one that holds everybody, restricts nobody. */
function openInSpiteOf({ port, family, name }: PortState): string | undefined {
  const ranges = port?.service.loadBalancerSourceRanges ?? [];
  if (port === undefined || ranges.length === 0) return undefined;
  const own = ranges.filter((range) => familyOf(range.slice(0, range.indexOf('/'))) === family);
  if (own.length === 0) {
    return `the source ranges of ${portText(name)} hold no ${family} range: its ${family} load balancer IP is open to everybody`;
  }
  if (own.some((range) => range.endsWith('/0'))) {
    return `a source range of ${portText(name)} is /0: its load balancer IP is open to everybody`;
  }
  return undefined;
}
