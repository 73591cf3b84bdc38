// EndpointSlices of one Service in one family: several slices, ports that match the Service's or do not, endpoints in
// every condition, with hints for all or for some, with and without a node.
import fc from 'fast-check';
import type { Family } from '../../src/cluster/snapshot.ts';

interface EndpointShape {
  readonly node: 'node-a' | 'node-b' | undefined;
  readonly conditions: object | undefined;
  readonly zones: readonly string[] | undefined;
  readonly nodes: readonly string[] | undefined;
  /** IPv6 addresses may be written with capitals and spare zeros. */
  readonly spelled: boolean;
}

interface SliceShape {
  readonly ports: readonly { readonly name: string | null; readonly protocol: string; readonly port: number | null }[];
  readonly endpoints: readonly EndpointShape[];
  /** Repeats the endpoints of the slice before it: with the same words, or with its own. */
  readonly repeats: 'same' | 'other' | undefined;
  readonly headless: boolean;
}

export interface SlicesOf {
  readonly slices: readonly SliceShape[];
  /** All endpoints have hints, or each as it likes. */
  readonly hinted: boolean;
}

export function arbitrarySlices(
  ports: readonly { readonly name: string; readonly protocol: string }[],
  contested: boolean,
): fc.Arbitrary<SlicesOf> {
  const slice = fc.record({
    ports: fc.oneof(
      { weight: 6, arbitrary: fc.constant(ports.map((port, index) => ({ ...port, port: 8080 + index }))) },
      { weight: 1, arbitrary: fc.constant(ports.map((port) => ({ ...port, port: 9090 }))) },
      { weight: 1, arbitrary: fc.constant(ports.map((port) => ({ ...port, name: 'misnamed', port: 8080 }))) },
      { weight: 1, arbitrary: fc.constant(ports.map((port) => ({ ...port, name: null, port: 8080 }))) },
      { weight: 1, arbitrary: fc.constant(ports.slice(1).map((port) => ({ ...port, port: null }))) },
    ),
    endpoints: fc.array(arbitraryEndpoint, { maxLength: 5 }),
    repeats: contested
      ? fc.constantFrom(undefined, 'same' as const, 'other' as const, 'other' as const)
      : fc.constantFrom(undefined, undefined, undefined, 'same' as const),
    headless: fc.constantFrom(false, false, false, false, false, false, true),
  });
  return fc.record({ slices: fc.array(slice, { maxLength: 3 }), hinted: fc.boolean() });
}

const conditions: readonly (object | undefined)[] = [
  { ready: true, serving: true, terminating: false },
  { ready: true },
  {},
  undefined,
  { ready: false },
  { ready: false, serving: true, terminating: true },
  { ready: false, serving: false, terminating: true },
  { ready: true, serving: false, terminating: true },
];

const arbitraryEndpoint: fc.Arbitrary<EndpointShape> = fc.record({
  node: fc.constantFrom('node-a' as const, 'node-b' as const, 'node-b' as const, undefined),
  conditions: fc.constantFrom(...conditions),
  zones: fc.constantFrom(undefined, ['a'], ['b'], ['a', 'b'], ['c']),
  nodes: fc.constantFrom(undefined, undefined, ['node-a'], ['node-b']),
  spelled: fc.boolean(),
});

/** `index` makes the addresses: every endpoint has one of its own, but where a slice repeats another. */
export function sliceObjects(
  service: { readonly namespace: string; readonly name: string },
  family: Family,
  { slices, hinted }: SlicesOf,
  index: number,
): readonly object[] {
  return slices.map((slice, place) => {
    const before = slices[place - 1];
    const repeated = before === undefined ? undefined : slice.repeats;
    const endpoints = repeated === 'same' && before !== undefined ? before.endpoints : slice.endpoints;
    const from = repeated === undefined ? place : place - 1;
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: service.namespace,
        name: `${service.name}-${family.toLowerCase()}-${place}`,
        labels: {
          'kubernetes.io/service-name': service.name,
          ...(slice.headless && { 'service.kubernetes.io/headless': '' }),
        },
      },
      addressType: family,
      ports: repeated === 'same' && before !== undefined ? before.ports : slice.ports,
      endpoints: endpoints.map(({ node, conditions: written, zones, nodes, spelled }, number) => ({
        addresses: [addressOf(family, index, from * 5 + number, spelled)],
        ...(written !== undefined && { conditions: written }),
        ...(node !== undefined && { nodeName: node }),
        hints: {
          forZones: (zones ?? (hinted ? ['b'] : undefined))?.map((name) => ({ name })),
          forNodes: nodes?.map((name) => ({ name })),
        },
      })),
    };
  });
}

/** Numbers of one, two and three digits: their order is not that of their text. */
function addressOf(family: Family, index: number, number: number, spelled: boolean): string {
  if (family === 'IPv4') return `10.244.${index}.${number * 9 + 2}`;
  const text = `fd00:244:${index}::${(number * 9 + 2).toString(16)}`;
  return spelled ? text.replace('fd00', 'FD00').replace('::', ':0::') : text;
}
