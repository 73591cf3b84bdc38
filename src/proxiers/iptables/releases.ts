// What iptables mode writes differently from release to release, 1.25 and newer, each with where it is to be read.
// How endpoints are chosen is not here: see ../topology-rules.ts.

/** Holds in releases `1.first` to `1.last`; without an end, to the newest and beyond. */
interface ReleaseFact {
  readonly first: number;
  readonly last: number | undefined;
  readonly reference: string;
}

/** Older releases write rules of another shape: KUBE-XLB, KUBE-MARK-DROP, masquerading elsewhere. */
export const oldestExpected = 25;

/** The newest release that is known; what comes later is taken to write alike. */
export const newestExpected = 36;

const facts = {
  /** Of two slices that say different things of one endpoint either may win. */
  'contested endpoints are chance': {
    first: oldestExpected,
    last: 35,
    reference: 'pkg/proxy/endpointslicecache.go addEndpoints, v1.35',
  },
  /** Node ports can be closed on 127.0.0.0/8, and are always closed on ::1. */
  'localhost node ports': {
    first: 26,
    last: undefined,
    reference: 'pkg/proxy/iptables/proxier.go syncProxyRules, localhostNodePorts, v1.26',
  },
  /** kube-proxy makes KUBE-FIREWALL and its jumps, and writes the martian rule where it opened localhost. */
  'own KUBE-FIREWALL': {
    first: 27,
    last: undefined,
    reference: 'pkg/proxy/iptables/proxier.go iptablesKubeletJumpChains, v1.27; KEP-3178',
  },
  /** KUBE-FW ends with a rule that has no target, only a comment. */
  'comment at the end of KUBE-FW': {
    first: 27,
    last: undefined,
    reference: 'pkg/proxy/iptables/proxier.go syncProxyRules, v1.27',
  },
  /** An ingress with ipMode Proxy has its rules like any other. */
  'proxy mode IPs are bound': {
    first: oldestExpected,
    last: 29,
    reference: 'pkg/features LoadBalancerIPMode, off by default to v1.29; pkg/proxy/util/utils.go IsVIPMode',
  },
  /** The external policy Local counts for the external IPs of a Service of type ClusterIP, too. */
  'external policy of external IPs': {
    first: 29,
    last: undefined,
    reference: 'https://github.com/kubernetes/kubernetes/pull/119150; pkg/api/v1/service/util.go, v1.29',
  },
  /** Endpoints are named, hashed and sorted by their address as the API has it, canonical or not. */
  'addresses as written': {
    first: oldestExpected,
    last: 30,
    reference: 'pkg/proxy/endpointslicecache.go addEndpoints, v1.30',
  },
  /** With net.netfilter.nf_conntrack_tcp_be_liberal the drop of INVALID packets is left out. */
  'liberal conntrack': {
    first: 29,
    last: undefined,
    reference: 'pkg/proxy/iptables/proxier.go NewProxier, conntrackTCPLiberal, v1.29',
  },
  /** nfacct objects count dropped INVALID packets and node port traffic to localhost. */
  'nfacct counters': {
    first: 31,
    last: undefined,
    reference: 'pkg/util/nfacct; pkg/proxy/iptables/proxier.go NewProxier, v1.31',
  },
  /** A source range of length 0 makes the family's list count as empty. */
  'a zero range lifts the firewall': {
    first: 34,
    last: undefined,
    reference: 'pkg/proxy/serviceport.go newBaseServiceInfo, v1.34',
  },
  /** The gate AllowServiceExternalIPs can be switched off: then external IPs have no rules. */
  'external IPs can be refused': {
    first: 36,
    last: undefined,
    reference: 'pkg/features AllowServiceExternalIPs; pkg/proxy/serviceport.go newBaseServiceInfo, v1.36',
  },
} as const satisfies Readonly<Record<string, ReleaseFact>>;

export type ReleaseFactName = keyof typeof facts;

export const releaseFacts: Readonly<Record<ReleaseFactName, ReleaseFact>> = facts;

export function holds(name: ReleaseFactName, minor: number): boolean {
  const { first, last } = releaseFacts[name];
  return minor >= first && (last === undefined || minor <= last);
}
