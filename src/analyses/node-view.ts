// One node as every analysis sees it: what is installed, what the API says, and what had to be found out or assumed.
import type { Family } from '../address.ts';
import type { Capture } from '../capture/capture.ts';
import { type ClusterIndex, clusterIndex } from '../cluster/cluster-index.ts';
import type { ProxyConfig } from '../cluster/proxy-config.ts';
import type { ClusterSnapshot, Node } from '../cluster/snapshot.ts';
import type { NodeFacts as WalkFacts } from '../netfilter/node-facts.ts';
import { type Conntrack, conntrackOf } from '../proxiers/conntrack.ts';
import { deviceNames } from '../proxiers/device-names.ts';
import type { Dispatch } from '../proxiers/dispatch.ts';
import { type EndpointMap, endpointMap } from '../proxiers/endpoints.ts';
import { readInstalled } from '../proxiers/index.ts';
import { type KernelFacts, kernelFacts } from '../proxiers/kernel-facts.ts';
import { once } from '../proxiers/once.ts';
import type { Installed } from '../proxiers/proxier.ts';
import { interfaceAddresses, type ProxyFacts, proxyModeOf, sysctlsOf } from '../proxiers/proxy-facts.ts';
import { type ProxyMetrics, proxyMetrics } from '../proxiers/proxy-metrics.ts';
import { minorOf, type ReleaseRange, rangeText } from '../proxiers/releases.ts';
import { type ServicePort, servicePorts } from '../proxiers/service-ports.ts';
import type { NodeTopology, TopologyRules } from '../proxiers/topology.ts';
import { possibleTopologyRules } from '../proxiers/topology-rules.ts';
import { walkFacts } from '../proxiers/walk-facts.ts';
import type { Meta } from '../report/report.ts';
import { inferNode } from './infer-node.ts';
import { knowsZone, zoneByRules } from './infer-zone.ts';
import { flagFor, type UnreadFamily, unreadFamilies } from './unread-family.ts';

export interface NodeView {
  /** The node's name; empty where it is not known. */
  readonly name: string;
  readonly installed: Installed;
  /** One a family that was read. Made when they are asked for. */
  readonly dispatches: readonly Dispatch[];
  /** The families that were not. */
  readonly unread: readonly UnreadFamily[];
  /** `undefined` where only the rules are at hand. */
  readonly cluster: ClusterView | undefined;
  readonly release: ReleaseRange;
  /** What a comparison with kube-proxy's own rules goes by. */
  readonly facts: ProxyFacts;
  /** What a walk through the kernel goes by. */
  readonly kernel: KernelFacts;
  /** What the walk of a packet may know: what was captured, nothing assumed. */
  readonly walk: WalkFacts;
  /** Names of the node's devices; `undefined` where nobody looked. */
  readonly devices: readonly string[] | undefined;
  readonly conntrack: Conntrack;
  /** kube-proxy's own word for its mode; `undefined` where it was not asked. */
  readonly proxyMode: string | undefined;
  /** `undefined` where nobody asked kube-proxy, or it did not answer. */
  readonly metrics: ProxyMetrics | undefined;
  /** How the text left the node. */
  readonly source: string;
  /** What the view was made from and what was assumed, one sentence each. */
  readonly notes: readonly string[];
}

export interface ClusterView {
  readonly snapshot: ClusterSnapshot;
  readonly index: ClusterIndex;
  readonly ports: readonly ServicePort[];
  readonly endpoints: EndpointMap;
  readonly node: Node | undefined;
  /** What kube-proxy goes by: without a zone where its rules tell that it does not know it. */
  readonly topology: NodeTopology;
  /** What the release may do: see topology-rules.ts. */
  readonly rules: readonly TopologyRules[];
}

/** What the user or a configuration file says beside the capture. */
export interface KnownFacts {
  readonly nodeName: string | undefined;
  readonly kubeProxyVersion: string | undefined;
  /** kube-proxy's configuration, and where it was read. */
  readonly config: { readonly values: ProxyConfig; readonly from: string } | undefined;
  /** The release that its DaemonSet's image names. */
  readonly imageVersion: string | undefined;
}

/** Whether a family's text is whole, as far as it can tell: nothing follows from one that is not. */
export function isTrusted({ installed }: NodeView, family: Family): boolean {
  return installed.defects.every((each) => each.family !== family);
}

/** The families that something may be concluded about. */
export function trustedFamilies(view: NodeView): readonly Family[] {
  return view.installed.rulesets.map(({ family }) => family).filter((family) => isTrusted(view, family));
}

/** What every document says of the node it is about. */
export function metaOf(view: NodeView, meta: Meta): Meta {
  const { name, installed, release, source, notes } = view;
  return {
    ...meta,
    node: name,
    mode: installed.mode,
    release: rangeText(release),
    source,
    notes: [...meta.notes, ...notes],
  };
}

/** Throws what `readInstalled` throws. `snapshot` is `undefined` in rules-only mode. */
export function viewNode(capture: Capture, snapshot: ClusterSnapshot | undefined, facts: KnownFacts): NodeView {
  const installed = readInstalled(capture);
  const kernel = kernelFacts(capture);
  const unread = unreadFamilies(installed.rulesets, capture);
  const ports = snapshot === undefined ? [] : servicePorts(snapshot);
  const dispatches = once(() => installed.dispatch(ports));
  const release = releaseOf(capture, installed, facts);
  const endpoints = snapshot && endpointMap(snapshot);
  const node = nameOf(capture, facts) ?? (snapshot && endpoints && inferNode(snapshot, endpoints, dispatches));
  const cluster = snapshot && endpoints && viewCluster(snapshot, ports, endpoints, dispatches, node?.name, release);
  const notes = [
    ...(snapshot === undefined ? ['no API objects were given: names come from the rules’ own comments'] : []),
    ...unread.map(({ family, gap }) => `${family} was not looked at: ${gap ?? `give ${flagFor(family)}`}`),
    ...(node === undefined && snapshot !== undefined
      ? ['which node the rules are from is not known: give --node-name, so that Local policies and hints can be judged']
      : []),
    ...unknownNode(snapshot, node),
    ...(node?.assumed === true ? [`taken to be node ${node.name}: ${node.from}`] : []),
    ...(release.first === release.last && release.first !== undefined
      ? []
      : [`kube-proxy ${rangeText(release)}: ${release.from}`]),
    ...(cluster?.node?.zone !== undefined && cluster.topology.zone === undefined
      ? [
          `no service port follows zone hints, although node ${cluster.node.name} is in zone ${cluster.node.zone}: kube-proxy is taken not to know its zone`,
        ]
      : []),
    ...(cluster?.node === undefined && cluster?.topology.zone !== undefined
      ? [`taken to be in zone ${cluster.topology.zone}, whose hints the rules follow: no Node object tells`]
      : []),
    ...(snapshot?.skipped ?? []).map(({ object, reason }) => `${object} was left out: ${reason}`),
  ];
  return {
    name: node?.name ?? '',
    installed,
    get dispatches() {
      return dispatches();
    },
    unread,
    release,
    facts: {
      release,
      config: facts.config,
      nodeName: node?.name,
      node: cluster?.node,
      interfaceAddresses: interfaceAddresses(capture),
      sysctls: sysctlsOf(capture),
    },
    kernel,
    walk: walkFacts(kernel),
    devices: deviceNames(capture),
    conntrack: conntrackOf(capture),
    proxyMode: proxyModeOf(capture),
    metrics: proxyMetrics(capture),
    source: capture.source,
    notes,
    cluster,
  };
}

function viewCluster(
  snapshot: ClusterSnapshot,
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  dispatches: () => readonly Dispatch[],
  name: string | undefined,
  release: ReleaseRange,
): ClusterView {
  const node = snapshot.nodes.find((each) => each.name === name);
  const rules = possibleTopologyRules(release);
  const zone = node === undefined ? zoneByRules(ports, endpoints, dispatches, name, rules) : node.zone;
  const labelled = { name, zone };
  const known = knowsZone(ports, endpoints, dispatches, labelled, rules);
  return {
    snapshot,
    index: clusterIndex(snapshot),
    ports,
    endpoints,
    node,
    topology: known ? labelled : { name, zone: undefined },
    rules,
  };
}

function unknownNode(snapshot: ClusterSnapshot | undefined, node: NodeName | undefined): readonly string[] {
  if (node === undefined || snapshot?.kinds.has('Node') !== true) return [];
  if (snapshot.nodes.some(({ name }) => name === node.name)) return [];
  return [`no Node among the objects is named ${node.name} (${node.from}): its zone and addresses are not known`];
}

interface NodeName {
  readonly name: string;
  readonly from: string;
  readonly assumed: boolean;
}

/** kube-proxy compares endpoints' nodes with its own host name: `hostnameOverride` beats the Node's name. */
function nameOf(capture: Capture, facts: KnownFacts): NodeName | undefined {
  if (facts.nodeName !== undefined) return { name: facts.nodeName, from: '--node-name', assumed: false };
  const override = facts.config?.values.hostnameOverride;
  if (override !== undefined) {
    return { name: override.trim().toLowerCase(), from: `hostnameOverride of ${facts.config?.from}`, assumed: false };
  }
  return capture.node === undefined ? undefined : { name: capture.node, from: 'the capture', assumed: false };
}

function releaseOf(capture: Capture, installed: Installed, facts: KnownFacts): ReleaseRange {
  for (const [version, from] of [
    [facts.kubeProxyVersion, '--kube-proxy-version'],
    [capture.kubeProxyVersion, 'the capture'],
    [facts.imageVersion, 'the image of kube-proxy’s DaemonSet'],
  ] as const) {
    const minor = version === undefined ? undefined : minorOf(version);
    if (minor !== undefined) return { first: minor, last: minor, from };
  }
  return installed.writtenBy;
}
