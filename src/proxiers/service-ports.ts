// From Services to service ports, as kube-proxy does it: which of them it serves, and by which addresses.
// pkg/proxy/servicechangetracker.go serviceToServiceMap, pkg/proxy/serviceport.go newBaseServiceInfo, v1.36.
import { type Address, type Family, familyOf, type Prefix } from '../address.ts';
import type { ClusterSnapshot, Protocol, Service } from '../cluster/snapshot.ts';

/** kube-proxy's own key: `namespace/name:port` and the protocol. */
export interface ServicePortName {
  readonly namespace: string;
  readonly name: string;
  /** Empty where the port has no name. */
  readonly port: string;
  readonly protocol: Protocol;
}

/** `shop/web:http`; without a colon where the port has no name. types.go ServicePortName.String */
export function servicePortNameString({ namespace, name, port }: ServicePortName): string {
  return port === '' ? `${namespace}/${name}` : `${namespace}/${name}:${port}`;
}

/** A key that tells TCP from UDP. */
export function servicePortKey(name: ServicePortName): string {
  return `${servicePortNameString(name)}/${name.protocol}`;
}

/** One port of one Service in one IP family. */
export interface ServicePort {
  readonly name: ServicePortName;
  readonly family: Family;
  readonly service: Service;
  readonly clusterIP: Address;
  readonly port: number;
  readonly nodePort: number | undefined;
  readonly externalIPs: readonly Address[];
  /** Load balancer IPs that kube-proxy binds: ipMode VIP. */
  readonly loadBalancerIPs: readonly Address[];
  /** Load balancer IPs with ipMode Proxy. Releases before 1.30 bind them, too. */
  readonly proxyModeIPs: readonly Address[];
  readonly sourceRanges: readonly Prefix[];
  readonly affinitySeconds: number | undefined;
  readonly internalPolicyLocal: boolean;
  /** Only where the Service can be reached from outside. pkg/api/v1/service/util.go ExternalPolicyLocal */
  readonly externalPolicyLocal: boolean;
  readonly healthCheckNodePort: number | undefined;
}

/** Why kube-proxy has no rules for a Service, by design. */
export type Unserved = 'headless' | 'external-name' | 'service-proxy-name' | 'no-cluster-ip';

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name';

/** `undefined` where kube-proxy serves it. pkg/proxy/util/utils.go ShouldSkipService; cmd/kube-proxy/app/server.go Run */
export function whyUnserved(service: Service): Unserved | undefined {
  if (service.type === 'ExternalName') return 'external-name';
  if (service.headless) return 'headless';
  if (Object.hasOwn(service.labels, proxyNameLabel)) return 'service-proxy-name';
  if (service.clusterIPs.length === 0) return 'no-cluster-ip';
  return undefined;
}

/** The name of the proxy that a Service's label asks for. */
export function serviceProxyName(service: Service): string | undefined {
  return service.labels[proxyNameLabel];
}

/** Every service port of the cluster that kube-proxy serves, one for each family it has a cluster IP of. */
export function servicePorts(snapshot: ClusterSnapshot): readonly ServicePort[] {
  return snapshot.services.flatMap(servicePortsOf);
}

export function servicePortsOf(service: Service): readonly ServicePort[] {
  if (whyUnserved(service) !== undefined) return [];
  return service.clusterIPs.flatMap((clusterIP) => {
    const family = familyOf(clusterIP);
    return family === undefined ? [] : service.ports.map((port) => servicePort(service, port, family, clusterIP));
  });
}

function servicePort(
  service: Service,
  { name, protocol, port, nodePort }: Service['ports'][number],
  family: Family,
  clusterIP: Address,
): ServicePort {
  const externalIPs = service.externalIPs.filter((ip) => familyOf(ip) === family);
  const ingress = service.loadBalancerIngress.filter(({ ip }) => ip !== undefined && familyOf(ip) === family);
  const ips = (mode: 'VIP' | 'Proxy') =>
    ingress.flatMap(({ ip, ipMode }) => (ip !== undefined && ipMode === mode ? [ip] : []));
  const reachableFromOutside =
    service.type === 'NodePort' || service.type === 'LoadBalancer' || service.externalIPs.length > 0;
  const externalPolicyLocal = reachableFromOutside && service.externalTrafficPolicy === 'Local';
  return {
    name: { namespace: service.namespace, name: service.name, port: name, protocol },
    family,
    service,
    clusterIP,
    port,
    nodePort,
    externalIPs,
    loadBalancerIPs: ips('VIP'),
    proxyModeIPs: ips('Proxy'),
    sourceRanges: service.loadBalancerSourceRanges.filter(
      (range) => familyOf(range.slice(0, range.indexOf('/'))) === family,
    ),
    affinitySeconds: service.affinitySeconds,
    internalPolicyLocal: service.internalTrafficPolicy === 'Local',
    externalPolicyLocal,
    healthCheckNodePort:
      service.type === 'LoadBalancer' && externalPolicyLocal ? service.healthCheckNodePort : undefined,
  };
}

/** Of a port as its release serves it: see iptables/expect/served-port.ts. serviceport.go ExternallyAccessible */
export function externallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== undefined || port.loadBalancerIPs.length > 0 || port.externalIPs.length > 0;
}

/** serviceport.go UsesClusterEndpoints */
export function usesClusterEndpoints(port: ServicePort): boolean {
  return !port.internalPolicyLocal || externallyAccessible(port);
}

/** serviceport.go UsesLocalEndpoints */
export function usesLocalEndpoints(port: ServicePort): boolean {
  return port.internalPolicyLocal || (port.externalPolicyLocal && externallyAccessible(port));
}
