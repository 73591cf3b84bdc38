// Clusters of every kind of Service, as plain API objects: what the API server would accept, and a few things that only
// hand-made objects do. Addresses, node ports and names are unique, so that whose rule is whose is never in doubt.
import fc from 'fast-check';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { ClusterSnapshot, Family } from '../../src/cluster/snapshot.ts';
import { arbitrarySlices, type SlicesOf, sliceObjects } from './arbitrary-slices.ts';

export interface ArbitraryCluster {
  /** Services, EndpointSlices and the two Nodes, in no particular order. */
  readonly objects: readonly object[];
}

export interface ClusterWishes {
  readonly most?: number;
  /** Endpoints that stand in two slices which disagree about them: what kube-proxy does with those may be its chance. */
  readonly contested?: boolean;
  /** Different Services with one external address and port, and external addresses twice in one Service. */
  readonly shared?: boolean;
}

export function arbitraryCluster({ most = 12, contested = false, shared = false }: ClusterWishes = {}) {
  return fc.array(arbitraryService(contested), { minLength: 1, maxLength: most }).map(
    (services): ArbitraryCluster => ({
      objects: [...nodes, ...services.flatMap((service, index) => objectsOf(service, index, shared))],
    }),
  );
}

export function snapshotOfCluster({ objects }: ArbitraryCluster): ClusterSnapshot {
  return snapshotFromObjects(objects);
}

const nodes = ['a', 'b'].map((letter, index) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `node-${letter}`, labels: { 'topology.kubernetes.io/zone': letter } },
  spec: { podCIDRs: [`10.244.${index}.0/24`, `fd00:244:${index}::/64`] },
  status: {
    addresses: [
      { type: 'InternalIP', address: `192.168.77.${index + 2}` },
      { type: 'InternalIP', address: `fd77::${index + 2}` },
    ],
  },
}));

type Protocol = 'TCP' | 'UDP' | 'SCTP';

interface ServiceShape {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly families: readonly Family[];
  readonly ports: readonly { readonly name: string; readonly protocol: Protocol; readonly port: number }[];
  readonly unserved: 'headless' | 'proxy-name' | undefined;
  readonly internalTrafficPolicy: 'Cluster' | 'Local' | undefined;
  readonly externalTrafficPolicy: 'Cluster' | 'Local' | undefined;
  readonly affinity: number | 'default' | undefined;
  readonly externalIPs: number;
  readonly ingress: readonly ('VIP' | 'Proxy' | 'hostname' | undefined)[];
  readonly sourceRanges: readonly string[];
  readonly nodePorts: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly slices: readonly SlicesOf[];
}

const portLists: ServiceShape['ports'][] = [
  [{ name: '', protocol: 'TCP', port: 80 }],
  [{ name: '', protocol: 'UDP', port: 53 }],
  [{ name: 'http', protocol: 'TCP', port: 80 }],
  [{ name: 's', protocol: 'SCTP', port: 9000 }],
  [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53 },
  ],
  [
    { name: 'http', protocol: 'TCP', port: 80 },
    { name: 'https', protocol: 'TCP', port: 443 },
    { name: 's', protocol: 'SCTP', port: 80 },
  ],
];

function arbitraryService(contested: boolean): fc.Arbitrary<ServiceShape> {
  const policy = fc.constantFrom('Cluster' as const, 'Local' as const, undefined);
  return fc.constantFrom(...portLists).chain((ports) =>
    fc.record({
      type: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const) },
        { weight: 1, arbitrary: fc.constant('ExternalName' as const) },
      ),
      families: fc.constantFrom<readonly Family[]>(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']),
      ports: fc.constant(ports),
      unserved: seldom(fc.constantFrom('headless' as const, 'proxy-name' as const)),
      internalTrafficPolicy: policy,
      externalTrafficPolicy: policy,
      affinity: fc.constantFrom(undefined, undefined, 'default' as const, 30),
      externalIPs: fc.constantFrom(0, 0, 1, 2),
      ingress: fc.array(fc.constantFrom(undefined, undefined, 'VIP' as const, 'Proxy' as const, 'hostname' as const), {
        maxLength: 3,
      }),
      sourceRanges: fc.subarray(sourceRanges, { maxLength: 3 }),
      nodePorts: fc.constantFrom(true, true, true, false),
      annotations: fc.constantFrom<Readonly<Record<string, string>>>(
        {},
        { 'service.kubernetes.io/topology-aware-hints': 'Auto' },
        { 'service.kubernetes.io/topology-mode': 'auto' },
      ),
      slices: fc.array(arbitrarySlices(ports, contested), { minLength: 2, maxLength: 2 }),
    }),
  );
}

/** The node's own network, other ones, with host bits, with blanks, of length 0 and 32. */
const sourceRanges = [
  '192.168.77.0/24',
  ' 10.1.2.3/8',
  '172.16.0.0/12',
  '198.51.100.7/32',
  '0.0.0.0/0',
  'fd77::/64',
  '2001:DB8::/32',
  '::/0',
];

function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 8 });
}

/** `index` makes names and addresses. */
function objectsOf(service: ServiceShape, index: number, shared: boolean): readonly object[] {
  const { type, families, externalTrafficPolicy, affinity, unserved } = service;
  const meta = { namespace: index % 2 === 0 ? 'shop' : 'edge', name: `s${index}` };
  const local = externalTrafficPolicy === 'Local';
  const reachable = type === 'NodePort' || (type === 'LoadBalancer' && service.nodePorts);
  const headless = unserved === 'headless' && type === 'ClusterIP';
  const clusterIPs = headless ? ['None'] : families.map((family) => address(family, '10.96', 'fd00:96', index));
  const host = shared ? index % 3 : index;
  const external = families.flatMap((family) => [
    address(family, '203.0', '2001:db8:1', host),
    ...(shared && index % 4 === 0 ? [address(family, '203.0', '2001:db8:1', host)] : []),
    ...(service.externalIPs > 1 ? [address(family, '198.18', '2001:db8:2', index)] : []),
  ]);
  const ingress = service.ingress.flatMap((mode, place): readonly object[] =>
    mode === 'hostname'
      ? [{ hostname: `lb-${index}.example` }]
      : families.map((family) => ({
          ip: address(family, '198.51', '2001:db8:3', index * 3 + place),
          ...(mode !== undefined && { ipMode: mode }),
        })),
  );
  const spec = {
    type,
    ...(type === 'ExternalName' ? { externalName: 'shop.example' } : { clusterIP: clusterIPs[0], clusterIPs }),
    ipFamilies: families,
    ports: service.ports.map((port, place) => ({
      ...port,
      ...(reachable && { nodePort: 30_000 + index * 4 + place }),
    })),
    ...(service.internalTrafficPolicy !== undefined && { internalTrafficPolicy: service.internalTrafficPolicy }),
    ...(externalTrafficPolicy !== undefined && { externalTrafficPolicy }),
    ...(affinity !== undefined && { sessionAffinity: 'ClientIP' }),
    ...(typeof affinity === 'number' && { sessionAffinityConfig: { clientIP: { timeoutSeconds: affinity } } }),
    ...(service.externalIPs > 0 && { externalIPs: external }),
    ...(type === 'LoadBalancer' && { loadBalancerSourceRanges: service.sourceRanges }),
    ...(type === 'LoadBalancer' && local && { healthCheckNodePort: 32_000 + index }),
  };
  const labels = unserved === 'proxy-name' ? { 'service.kubernetes.io/service-proxy-name': 'another' } : {};
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...meta, labels, annotations: service.annotations },
      spec,
      status: type === 'LoadBalancer' ? { loadBalancer: { ingress } } : {},
    },
    ...families.flatMap((family, place) => {
      const slices = service.slices[place];
      return slices === undefined ? [] : sliceObjects(meta, family, slices, index);
    }),
  ];
}

function address(family: Family, net4: string, net6: string, number: number): string {
  return family === 'IPv4'
    ? `${net4}.${Math.floor(number / 250)}.${(number % 250) + 1}`
    : `${net6}::${(number + 1).toString(16)}`;
}
