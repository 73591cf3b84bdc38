// The addresses and ports that the API gives a service port, and which frontends of the rules stand for them.
import type { Address } from '../address.ts';
import type { Frontend, FrontendType } from '../proxiers/dispatch.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';

/** An address and port that the API gives the service port. */
export interface WayIn {
  readonly type: FrontendType;
  readonly address: Address | undefined;
  readonly port: number;
}

/** The ways in that every release serves. */
export function waysIn(port: ServicePort): readonly WayIn[] {
  const at = (type: FrontendType) => (address: Address) => ({ type, address, port: port.port });
  return [
    ...[port.clusterIP].map(at('ClusterIP')),
    ...[...new Set(port.externalIPs)].map(at('ExternalIP')),
    ...[...new Set(port.loadBalancerIPs)].map(at('LoadBalancer')),
    ...(port.nodePort === undefined ? [] : [{ type: 'NodePort' as const, address: undefined, port: port.nodePort }]),
  ];
}

export function sameWay(frontend: Frontend, way: WayIn): boolean {
  return frontend.address === way.address && frontend.port === way.port;
}

/** Releases before 1.30 serve load balancer IPs of mode Proxy, too. */
export function mayBeGiven(frontend: Frontend, port: ServicePort, given: readonly WayIn[]): boolean {
  if (given.some((way) => sameWay(frontend, way))) return true;
  return frontend.address !== undefined && frontend.port === port.port && port.proxyModeIPs.includes(frontend.address);
}
