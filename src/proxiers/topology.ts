// Which endpoints of a service port a node uses: readiness, traffic policies, terminating fallbacks, hints.
// pkg/proxy/topology.go CategorizeEndpoints, topologyModeFromHints, v1.36; what older releases do is in `TopologyRules`.
import type { Endpoint } from './endpoints.ts';
import { type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-ports.ts';

/** What releases and feature gates decide. */
export interface TopologyRules {
  /**
   * Zone hints count: always (from 1.31), only with one of the Service's two annotations (1.27 to 1.30), only with the
   * first of them (1.24 to 1.26), or never.
   */
  readonly zoneHints: 'always' | 'with-annotation' | 'with-first-annotation' | 'never';
  /** Node hints count (from 1.34). */
  readonly nodeHints: boolean;
  /** With nothing ready, endpoints that still serve while they terminate are used (from 1.26). */
  readonly terminatingFallback: boolean;
  /**
   * The internal policy Local has a chain of its own (from 1.24), narrows the one chain there is unless the external
   * policy is Local, too (1.22 and 1.23), or is not known (to 1.21).
   */
  readonly internalPolicy: 'own-chain' | 'one-chain' | 'unknown';
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
  const here = (endpoint: Endpoint) => endpoint.nodeName !== undefined && endpoint.nodeName === node.name;
  if (rules.internalPolicy !== 'own-chain' && port.internalPolicyLocal) {
    if (rules.internalPolicy === 'one-chain' && !port.externalPolicyLocal) {
      const cluster = ready.filter(here);
      return { cluster, local: undefined, hasEndpoints: cluster.length > 0, hints: { kind: 'none' } };
    }
    return categorizeEndpoints(endpoints, { ...port, internalPolicyLocal: false }, node, rules);
  }
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
  if (rules.zoneHints !== 'always' && !asksForHints(port, rules.zoneHints))
    return { kind: 'ignored', because: 'no-annotation' };
  if (ready.some(({ zoneHints }) => zoneHints.length === 0)) return { kind: 'ignored', because: 'some-without-hint' };
  const { zone } = node;
  if (zone === undefined) return { kind: 'ignored', because: 'no-zone' };
  if (!ready.some(({ zoneHints }) => zoneHints.includes(zone)))
    return { kind: 'ignored', because: 'none-for-this-node' };
  return { kind: 'zone', zone };
}

/**
 * The annotations that turned hints on to 1.30: `topology-aware-hints: Auto` or `auto`; from 1.27 any value of it but
 * `disabled`, or of `topology-mode` where the first is not there. pkg/proxy/serviceport.go newBaseServiceInfo, v1.28
 */
function asksForHints({ service }: ServicePort, asked: 'with-annotation' | 'with-first-annotation'): boolean {
  const first = service.annotations['service.kubernetes.io/topology-aware-hints'];
  if (asked === 'with-first-annotation') return first === 'Auto' || first === 'auto';
  const value = first ?? service.annotations['service.kubernetes.io/topology-mode'] ?? '';
  return value !== '' && value !== 'Disabled' && value !== 'disabled';
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
