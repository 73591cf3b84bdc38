// What the API server says, in the API's own words: the fields of Services, EndpointSlices, Pods and Nodes that decide
// where a connection goes. Defaults are the API's: an absent condition means what the API reference says it means.
// Which of this kube-proxy acts on is kube-proxy's business: see proxiers/.
import type { Address, Family, Prefix } from '../address.ts';

export type { Family } from '../address.ts';
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface ClusterSnapshot {
  /** Sorted by namespace and name, as are the other lists. */
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** Kinds that the objects held at least one of, or an empty list of their own. Absent kinds prove nothing. */
  readonly kinds: ReadonlySet<string>;
  /** Objects that were left out, and why: a Service without a name, an address that is none. */
  readonly skipped: readonly Skipped[];
}

export interface Skipped {
  /** `Service shop/web`, `EndpointSlice #12`. */
  readonly object: string;
  readonly reason: string;
}

export interface ObjectMeta {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  /** RFC 3339 as the API wrote it. */
  readonly created: string | undefined;
  /** Set while the object is being deleted. */
  readonly deleted: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Service extends ObjectMeta {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** True where clusterIP is `None`. */
  readonly headless: boolean;
  /** Canonical; at most one a family; empty for headless and ExternalName. */
  readonly clusterIPs: readonly Address[];
  readonly externalName: string | undefined;
  /** `undefined` where the Service has none: its endpoints are made by hand or by a controller. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly ports: readonly ServicePortSpec[];
  readonly externalIPs: readonly Address[];
  readonly loadBalancerIngress: readonly LoadBalancerIngress[];
  /** Trimmed, canonical, in the order of the spec; what is no CIDR is left out. */
  readonly loadBalancerSourceRanges: readonly Prefix[];
  /** Seconds of ClientIP affinity (default 10800); `undefined` without affinity. */
  readonly affinitySeconds: number | undefined;
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  readonly internalTrafficPolicy: 'Cluster' | 'Local';
  readonly healthCheckNodePort: number | undefined;
  readonly publishNotReadyAddresses: boolean;
}

export interface ServicePortSpec {
  /** Empty where unnamed. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A number, the name of a container port, or `undefined` where the API left it out (then it equals `port`). */
  readonly targetPort: number | string | undefined;
  readonly nodePort: number | undefined;
}

export interface LoadBalancerIngress {
  readonly ip: Address | undefined;
  readonly hostname: string | undefined;
  readonly ipMode: 'VIP' | 'Proxy';
}

export interface EndpointSlice extends ObjectMeta {
  /** From the label `kubernetes.io/service-name`; `undefined` without it. */
  readonly service: string | undefined;
  readonly addressType: Family | 'FQDN';
  /** Label `endpointslice.kubernetes.io/managed-by`. */
  readonly managedBy: string | undefined;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}

export interface SlicePort {
  /** `undefined` where null: such a port is never joined to a Service port. Empty is the unnamed port. */
  readonly name: string | undefined;
  readonly protocol: Protocol;
  /** `undefined` where null or 0. */
  readonly port: number | undefined;
}

export interface SliceEndpoint {
  /** Only the first is used by kube-proxy; canonical. */
  readonly addresses: readonly Address[];
  /** The first address as the API has it, where that is not its canonical form: `fd00:0::1`. */
  readonly written?: string;
  /** `null` in the API counts as true. */
  readonly ready: boolean;
  /** `null` in the API counts as true. */
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  /** Name of the Pod that targetRef names, in the slice's namespace unless it says otherwise. */
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string | undefined } | undefined;
}

export interface Pod extends ObjectMeta {
  readonly phase: string;
  readonly node: string | undefined;
  readonly hostNetwork: boolean;
  readonly addresses: readonly Address[];
  /** The Ready condition; `undefined` where the pod has none yet. */
  readonly ready: boolean | undefined;
  /** Why it is not ready, in the API's words: the first failing condition and the first container that waits or failed. */
  readonly notReady: string | undefined;
  readonly ports: readonly ContainerPort[];
}

export interface ContainerPort {
  readonly name: string | undefined;
  readonly protocol: Protocol;
  readonly port: number;
  readonly hostPort: number | undefined;
  readonly hostIP: string | undefined;
}

export interface Node extends ObjectMeta {
  readonly addresses: readonly NodeAddress[];
  readonly podCIDRs: readonly Prefix[];
  /** Label `topology.kubernetes.io/zone`. */
  readonly zone: string | undefined;
  readonly kubeletVersion: string | undefined;
  readonly kubeProxyVersion: string | undefined;
}

export interface NodeAddress {
  /** `InternalIP`, `ExternalIP`, `Hostname`, `InternalDNS`, `ExternalDNS`. */
  readonly type: string;
  /** Canonical where it is an IP. */
  readonly address: string;
}
