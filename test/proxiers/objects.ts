// API objects for one Service `shop/s` and its EndpointSlices, as short as they can be said.
import assert from 'node:assert/strict';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { ClusterSnapshot, Family } from '../../src/cluster/snapshot.ts';
import { type ServicePort, servicePorts } from '../../src/proxiers/service-ports.ts';

export interface EndpointSpec {
  readonly address: string;
  readonly node?: string;
  /** Of ready, serving, terminating, those that are true: `RS`, `ST`, `RT`, empty. Absent: no conditions at all. */
  readonly is?: string;
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
}

export interface SliceSpec {
  readonly name?: string;
  readonly family?: Family;
  readonly ports?: readonly object[];
  readonly labels?: object;
  readonly endpoints: readonly EndpointSpec[];
}

const http = { name: 'http', port: 8080, protocol: 'TCP' };

export function serviceObject(spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name: 's', ...metadata },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.5',
      clusterIPs: ['10.96.0.5'],
      ports: [{ ...http, port: 80 }],
      ...spec,
    },
    status: 'status' in spec ? spec.status : {},
  };
}

export function sliceObject({ name, family, ports, labels, endpoints }: SliceSpec, index = 0): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'shop',
      name: name ?? `s-${index}`,
      labels: labels ?? { 'kubernetes.io/service-name': 's' },
    },
    addressType: family ?? 'IPv4',
    ports: ports ?? [http],
    endpoints: endpoints.map(({ address, node, is, zones, nodes }) => ({
      addresses: [address],
      ...(node !== undefined && { nodeName: node }),
      ...(is !== undefined && {
        conditions: { ready: is.includes('R'), serving: is.includes('S'), terminating: is.includes('T') },
      }),
      hints: { forZones: zones?.map((zone) => ({ name: zone })), forNodes: nodes?.map((each) => ({ name: each })) },
    })),
  };
}

export function snapshotOf(service: object, slices: readonly SliceSpec[] = []): ClusterSnapshot {
  return snapshotFromObjects([service, ...slices.map(sliceObject)]);
}

/** The only service port of a snapshot. */
export function solePort(snapshot: ClusterSnapshot): ServicePort {
  const [port, ...others] = servicePorts(snapshot);
  assert.ok(port);
  assert.equal(others.length, 0);
  return port;
}
