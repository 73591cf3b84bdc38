// What iptables mode's rules of one family depend on beside the API's Services and EndpointSlices: kube-proxy's release
// and configuration, its node, and what the node's kernel and iptables can do.
import type { Address, Family } from '../../address.ts';
import type { NodeTopology, TopologyRules } from '../topology.ts';
import type { LocalDetector } from './local-detector.ts';

/** All that iptables mode's rules of one family depend on beside the API's Services and EndpointSlices. */
export interface Settings {
  readonly family: Family;
  /** Release `1.minor`, `oldestExpected` or newer. */
  readonly minor: number;
  /** Name and zone as kube-proxy knows them. */
  readonly node: NodeTopology;
  readonly topology: TopologyRules;
  /** Its CIDR is of this family; `none` where the configuration has no CIDR of this family. */
  readonly detector: LocalDetector;
  readonly masqueradeAll: boolean;
  /** 0 to 31. */
  readonly masqueradeBit: number;
  /** iptables 1.6.2 and newer can `--random-fully`. */
  readonly randomFully: boolean;
  /** Where node ports are open: all addresses, or the node's own interface addresses that the configured CIDRs cover (loopback included where covered). */
  readonly nodePortAddresses: 'any' | readonly Address[];
  /** Effective: IPv4, asked for, and nodePortAddresses cover loopback. To 1.25 nobody asks. */
  readonly localhostNodePorts: boolean;
  /** The INVALID drop of KUBE-FORWARD; absent where nf_conntrack_tcp_be_liberal was set at start (from 1.29). */
  readonly dropInvalid: boolean;
  /** nfacct counters could be made (from 1.31). */
  readonly counters: boolean;
  /** kube-proxy's idea of its node's address, for load balancer source ranges. `undefined`: not known. */
  readonly nodeAddress: Address | undefined;
  /** The gate AllowServiceExternalIPs (from 1.36) was switched off; by default it is on. */
  readonly refusesExternalIPs?: boolean;
}
