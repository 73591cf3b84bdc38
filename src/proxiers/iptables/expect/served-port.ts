// A service port and its endpoints as a release serves them: which load balancer IPs are bound, which source ranges and
// policies count, how endpoints are named.
import { familyOf, hostPort } from '../../../address.ts';
import type { Endpoint } from '../../endpoints.ts';
import type { ServicePort } from '../../service-ports.ts';
import { holds } from '../releases.ts';

/**
 * After this `loadBalancerIPs` are all that are bound, in the order of the status, `sourceRanges` all that count, and
 * `externalPolicyLocal` is what the release takes for Local.
 */
export function asServed(port: ServicePort, minor: number): ServicePort {
  const bindsAll = port.proxyModeIPs.length > 0 && holds('proxy mode IPs are bound', minor);
  const lifted =
    port.sourceRanges.some((range) => range.endsWith('/0')) && holds('a zero range lifts the firewall', minor);
  const ignoresPolicy =
    port.externalPolicyLocal && port.service.type === 'ClusterIP' && !holds('external policy of external IPs', minor);
  if (!bindsAll && !lifted && !ignoresPolicy) return port;
  return {
    ...port,
    ...(bindsAll && { loadBalancerIPs: everyIngressIP(port), proxyModeIPs: [] }),
    ...(lifted && { sourceRanges: [] }),
    ...(ignoresPolicy && { externalPolicyLocal: false }),
  };
}

/** Their `id` is what the release names, hashes and sorts them by. */
export function asNamed(endpoints: readonly Endpoint[], minor: number): readonly Endpoint[] {
  if (!holds('addresses as written', minor) || endpoints.every(({ written }) => written === undefined))
    return endpoints;
  return endpoints
    .map((endpoint) => ({ ...endpoint, id: hostPort(endpoint.written ?? endpoint.address, endpoint.port) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function everyIngressIP({ service, family }: ServicePort): ServicePort['loadBalancerIPs'] {
  return service.loadBalancerIngress.flatMap(({ ip }) => (ip !== undefined && familyOf(ip) === family ? [ip] : []));
}
