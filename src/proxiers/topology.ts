// Which endpoints of a service port a node uses: readiness, traffic policies, terminating fallbacks, hints.
// pkg/proxy/topology.go CategorizeEndpoints, topologyModeFromHints, v1.36; what older releases do is in `TopologyRules`.
import type { Endpoint } from './endpoints.ts';
import { type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-ports.ts';

/** What releases and feature gates decide. */
export interface TopologyRules {
  /** Zone hints count: always (from 1.31), only with the Service's annotation (to 1.30), or never. */
  readonly zoneHints: 'always' | 'with-annotation' | 'never';
  /** Node hints count (from 1.34). */
  readonly nodeHints: boolean;
  /** With nothing ready, endpoints that still serve while they terminate are used (from 1.26). */
  readonly terminatingFallback: boolean;
}

/** The node that the rules are for. `undefined` is not known. */
export interface NodeTopology {
  readonly name: string | undefined;
  readonly zone: string | undefined;
}

export interface Categorized {
  /** For Cluster policy. `undefined` where the port has no use for them. */
  readonly cluster: readonly Endpoint[] | undefined;
  /** For Local policy. */
  readonly local: readonly Endpoint[] | undefined;
  /** Whether any endpoint of the port could be used by some node. */
  readonly hasEndpoints: boolean;
  readonly hints: HintUse;
}

/** What became of the hints, for people. */
export type HintUse =
  | { readonly kind: 'none' }
  | { readonly kind: 'zone'; readonly zone: string }
  | { readonly kind: 'node' }
  | {
      readonly kind: 'ignored';
      readonly because: 'some-without-hint' | 'none-for-this-node' | 'no-annotation' | 'no-zone';
    };

export function categorizeEndpoints(
  endpoints: readonly Endpoint[],
  port: ServicePort,
  node: NodeTopology,
  rules: TopologyRules,
): Categorized {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const draining = rules.terminatingFallback
    ? endpoints.filter((endpoint) => !endpoint.ready && endpoint.serving && endpoint.terminating)
    : [];
  const hints = hintUse(ready, port, node, rules);
  let hasEndpoints = false;
  let cluster: readonly Endpoint[] | undefined;
  if (usesClusterEndpoints(port)) {
    const near = ready.filter((endpoint) => isHinted(endpoint, hints, node));
    cluster = near.length > 0 ? near : draining;
    hasEndpoints = cluster.length > 0;
  }
  let local: readonly Endpoint[] | undefined;
  if (usesLocalEndpoints(port)) {
    hasEndpoints ||= ready.length > 0 || draining.length > 0;
    const here = (endpoint: Endpoint) => endpoint.nodeName !== undefined && endpoint.nodeName === node.name;
    const readyHere = ready.filter(here);
    local = readyHere.length > 0 ? readyHere : draining.filter(here);
  }
  return { cluster, local, hasEndpoints, hints };
}

/** Hints count only where every ready endpoint has one and at least one is for this node or zone. */
function hintUse(ready: readonly Endpoint[], port: ServicePort, node: NodeTopology, rules: TopologyRules): HintUse {
  if (ready.length === 0) return { kind: 'none' };
  if (rules.nodeHints && ready.every(({ nodeHints }) => nodeHints.length > 0)) {
    if (ready.some(({ nodeHints }) => node.name !== undefined && nodeHints.includes(node.name)))
      return { kind: 'node' };
  }
  if (ready.every(({ zoneHints }) => zoneHints.length === 0)) return { kind: 'none' };
  if (rules.zoneHints === 'never') return { kind: 'none' };
  if (rules.zoneHints === 'with-annotation' && !asksForHints(port))
    return { kind: 'ignored', because: 'no-annotation' };
  if (ready.some(({ zoneHints }) => zoneHints.length === 0)) return { kind: 'ignored', because: 'some-without-hint' };
  const { zone } = node;
  if (zone === undefined) return { kind: 'ignored', because: 'no-zone' };
  if (!ready.some(({ zoneHints }) => zoneHints.includes(zone)))
    return { kind: 'ignored', because: 'none-for-this-node' };
  return { kind: 'zone', zone };
}

/**
 * The annotations that turned hints on to 1.30: `topology-aware-hints: Auto|auto`, from 1.27 also any other value but
 * `disabled`, and `topology-mode`.
 */
function asksForHints({ service }: ServicePort): boolean {
  const value =
    service.annotations['service.kubernetes.io/topology-mode'] ??
    service.annotations['service.kubernetes.io/topology-aware-hints'] ??
    '';
  return value !== '' && value.toLowerCase() !== 'disabled';
}

function isHinted(endpoint: Endpoint, hints: HintUse, node: NodeTopology): boolean {
  switch (hints.kind) {
    case 'node':
      return node.name !== undefined && endpoint.nodeHints.includes(node.name);
    case 'zone':
      return endpoint.zoneHints.includes(hints.zone);
    default:
      return true;
  }
}
