import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { type Recorded, recording, recordingNames } from './recordings.ts';

const byKey = (objects: readonly { namespace: string; name: string }[]) =>
  new Map(objects.map((object) => [`${object.namespace}/${object.name}`, object]));

describe('every recording', () => {
  for (const name of recordingNames) {
    const list = recording(name);
    const snapshot = snapshotFromObjects([list]);
    const recorded = (kind: string): Recorded[] => list.items.filter((object: Recorded) => object.kind === kind);

    test(`${name}: nothing is left out, nothing is added, all is sorted`, () => {
      assert.deepEqual(snapshot.skipped, []);
      assert.deepEqual(snapshot.kinds, new Set(list.items.map((object: Recorded) => object.kind)));
      for (const [kind, objects] of [
        ['Service', snapshot.services],
        ['EndpointSlice', snapshot.endpointSlices],
        ['Pod', snapshot.pods],
        ['Node', snapshot.nodes],
      ] as const) {
        const keys = recorded(kind).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
        assert.deepEqual([...byKey(objects).keys()].sort(), keys.sort(), kind);
        const place = (object: { namespace: string; name: string }) => `${object.namespace}\0${object.name}`;
        const sorted = objects.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
        assert.deepEqual(objects, sorted, kind);
      }
    });

    test(`${name}: Services say what was recorded`, () => {
      const services = byKey(snapshot.services) as Map<string, ClusterSnapshot['services'][number]>;
      for (const { metadata, spec, status } of recorded('Service')) {
        const service = services.get(`${metadata.namespace}/${metadata.name}`) ?? assert.fail();
        assert.equal(service.type, spec.type);
        assert.equal(service.headless, spec.clusterIP === 'None');
        const plain = spec.clusterIP === 'None' || spec.type === 'ExternalName' ? [] : spec.clusterIPs.map(canonical);
        assert.deepEqual(service.clusterIPs, plain);
        assert.deepEqual(service.externalIPs, (spec.externalIPs ?? []).map(canonical));
        assert.equal(service.selector === undefined, spec.selector === undefined);
        assert.equal(
          service.affinitySeconds,
          spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig.clientIP.timeoutSeconds : undefined,
        );
        assert.equal(service.externalTrafficPolicy, spec.externalTrafficPolicy ?? 'Cluster');
        assert.equal(service.internalTrafficPolicy, spec.internalTrafficPolicy ?? 'Cluster');
        assert.equal(service.healthCheckNodePort, spec.healthCheckNodePort);
        assert.equal(service.publishNotReadyAddresses, spec.publishNotReadyAddresses ?? false);
        assert.deepEqual(
          service.ports,
          (spec.ports ?? []).map((port: Recorded) => ({
            name: port.name ?? '',
            protocol: port.protocol,
            port: port.port,
            targetPort: port.targetPort,
            nodePort: port.nodePort,
          })),
        );
        assert.deepEqual(
          service.loadBalancerIngress,
          (status?.loadBalancer?.ingress ?? []).map((ingress: Recorded) => ({
            ip: ingress.ip && canonical(ingress.ip),
            hostname: ingress.hostname,
            ipMode: ingress.ipMode ?? 'VIP',
          })),
        );
        assert.equal(service.resourceVersion, metadata.resourceVersion);
        assert.deepEqual(service.annotations, metadata.annotations ?? {});
      }
    });

    test(`${name}: EndpointSlices say what was recorded`, () => {
      const slices = byKey(snapshot.endpointSlices) as Map<string, ClusterSnapshot['endpointSlices'][number]>;
      for (const { metadata, addressType, ports, endpoints } of recorded('EndpointSlice')) {
        const slice = slices.get(`${metadata.namespace}/${metadata.name}`) ?? assert.fail();
        assert.equal(slice.service, metadata.labels['kubernetes.io/service-name']);
        assert.equal(slice.addressType, addressType);
        assert.deepEqual(slice.labels, metadata.labels);
        assert.deepEqual(slice.ports, ports ?? []);
        assert.equal(slice.endpoints.length, (endpoints ?? []).length);
        for (const [index, endpoint] of slice.endpoints.entries()) {
          const written = endpoints[index];
          assert.deepEqual(endpoint.addresses, written.addresses.map(canonical));
          assert.equal(endpoint.ready, written.conditions?.ready ?? true);
          assert.equal(endpoint.serving, written.conditions?.serving ?? true);
          assert.equal(endpoint.terminating, written.conditions?.terminating ?? false);
          assert.equal(endpoint.nodeName, written.nodeName);
          assert.equal(endpoint.zone, written.zone);
          assert.deepEqual(endpoint.zoneHints, written.hints?.forZones?.map((zone: Recorded) => zone.name) ?? []);
          assert.deepEqual(endpoint.nodeHints, written.hints?.forNodes?.map((node: Recorded) => node.name) ?? []);
          assert.equal(endpoint.pod?.name, written.targetRef?.name);
        }
      }
    });

    test(`${name}: Pods and Nodes say what was recorded`, () => {
      const pods = byKey(snapshot.pods) as Map<string, ClusterSnapshot['pods'][number]>;
      for (const { metadata, spec, status } of recorded('Pod')) {
        const pod = pods.get(`${metadata.namespace}/${metadata.name}`) ?? assert.fail();
        assert.deepEqual(
          pod.addresses,
          status.podIPs.map((podIP: Recorded) => podIP.ip),
        );
        assert.equal(pod.node, spec.nodeName);
        assert.equal(pod.phase, status.phase);
        assert.equal(pod.ready, status.conditions.find(({ type }: Recorded) => type === 'Ready').status === 'True');
        assert.equal(pod.notReady === undefined, pod.ready && metadata.deletionTimestamp === undefined);
      }
      const nodes = byKey(snapshot.nodes) as Map<string, ClusterSnapshot['nodes'][number]>;
      for (const { metadata, spec, status } of recorded('Node')) {
        const node = nodes.get(`/${metadata.name}`) ?? assert.fail();
        assert.deepEqual(node.addresses, status?.addresses ?? []);
        assert.deepEqual(node.podCIDRs, spec?.podCIDRs ?? []);
        assert.equal(node.zone, metadata.labels?.['topology.kubernetes.io/zone']);
        assert.equal(node.kubeletVersion, status?.nodeInfo?.kubeletVersion || undefined);
      }
    });
  }
});

describe('kinds', () => {
  const kinds = (...objects: unknown[]) => [...snapshotFromObjects(objects).kinds];

  test('an empty list of a kind counts, an empty List of anything does not', () => {
    assert.deepEqual(kinds({ kind: 'ServiceList', apiVersion: 'v1', items: [] }), ['Service']);
    assert.deepEqual(kinds({ kind: 'ServiceList', apiVersion: 'v1', items: null }), ['Service']);
    assert.deepEqual(kinds({ kind: 'List', apiVersion: 'v1', items: [] }), []);
    assert.deepEqual(kinds(), []);
  });

  test('other kinds are named, and read no further', () => {
    const snapshot = snapshotFromObjects([
      { kind: 'Endpoints', metadata: { name: 'web', namespace: 'shop' } },
      { kind: 'DaemonSet', apiVersion: 'apps/v1', metadata: { name: 'kube-proxy' } },
      { kind: 'AllowList', metadata: { name: 'a-kind-that-ends-in-list' }, items: ['x'] },
    ]);
    assert.deepEqual([...snapshot.kinds], ['AllowList', 'DaemonSet', 'Endpoints']);
    assert.deepEqual(snapshot.skipped, []);
  });

  test('a namesake of another API group is not ours', () => {
    const snapshot = snapshotFromObjects([
      { kind: 'Service', apiVersion: 'serving.knative.dev/v1', metadata: { name: 'web', namespace: 'shop' } },
      { kind: 'Node', apiVersion: 'longhorn.io/v1beta2', metadata: { name: 'node-a' } },
      { kind: 'EndpointSlice', apiVersion: 'v1', metadata: { name: 'web' }, addressType: 'IPv4' },
    ]);
    assert.deepEqual([...snapshot.kinds], ['EndpointSlice.core', 'Node.longhorn.io', 'Service.serving.knative.dev']);
    assert.deepEqual([snapshot.services, snapshot.nodes, snapshot.endpointSlices], [[], [], []]);
  });

  test('the elements of a list of a kind need not say their own', () => {
    const services = {
      kind: 'ServiceList',
      apiVersion: 'v1',
      items: [{ metadata: { name: 'web', namespace: 'shop' } }],
    };
    assert.deepEqual(
      snapshotFromObjects([services]).services.map(({ name }) => name),
      ['web'],
    );
    const foreign = { ...services, apiVersion: 'serving.knative.dev/v1' };
    assert.deepEqual(snapshotFromObjects([foreign]).services, []);
  });

  test('lists in lists and bare arrays are unpacked; one met twice counts once', () => {
    const web = { kind: 'Service', metadata: { name: 'web' } };
    const inner = { kind: 'List', items: [web] };
    const snapshot = snapshotFromObjects([[inner], { kind: 'List', items: [inner, { items: [web] }] }]);
    assert.equal(snapshot.services.length, 1);
    const circular: { kind: string; items: unknown[] } = { kind: 'List', items: [web] };
    circular.items.push(circular, circular);
    assert.equal(snapshotFromObjects([circular]).services.length, 1);
  });
});

describe('what is left out', () => {
  test('an object without a usable name, a value without a kind', () => {
    const { skipped, services } = snapshotFromObjects([
      { kind: 'List', items: [null, 7, {}, { kind: 'Service' }, { kind: 'Pod', metadata: { name: 'a/b' } }] },
      { kind: 'Service', metadata: { name: 'web', namespace: '..' } },
      { kind: 'EndpointSlice', metadata: { name: 'web', namespace: 'shop' }, addressType: 'IPX' },
    ]);
    assert.deepEqual(services, []);
    assert.deepEqual(skipped, [
      { object: 'EndpointSlice shop/web', reason: 'addressType is none of IPv4, IPv6, FQDN' },
      { object: 'Pod #5', reason: 'has no usable metadata.name and namespace' },
      { object: 'Service #4', reason: 'has no usable metadata.name and namespace' },
      { object: 'Service #6', reason: 'has no usable metadata.name and namespace' },
      { object: 'object #1', reason: 'is no API object: it has no kind, nor are 2 more' },
    ]);
  });
});

describe('copies of one object', () => {
  const service = (resourceVersion: string | undefined, port: number) => ({
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', resourceVersion },
    spec: { ports: [{ port }] },
  });
  const portAndSkipped = (...objects: unknown[]) => {
    const { services, skipped } = snapshotFromObjects(objects);
    assert.equal(services.length, 1);
    return [services[0]?.ports[0]?.port, skipped.map(({ reason }) => reason)];
  };

  test('the highest resourceVersion counts, in any order, longer than a double can hold', () => {
    const older = 'another copy was taken instead of this one (resourceVersion 9007199254740992)';
    for (const pair of [
      [service('9007199254740993', 2), service('9007199254740992', 1)],
      [service('9007199254740992', 1), service('9007199254740993', 2)],
    ]) {
      assert.deepEqual(portAndSkipped(...pair), [2, [older]]);
    }
    assert.equal(portAndSkipped(service('10', 2), service('9', 1))[0], 2);
  });

  test('the same version twice is no news', () => {
    assert.deepEqual(portAndSkipped(service('9', 1), service('9', 1)), [1, []]);
  });

  test('the last counts where a version is no number', () => {
    assert.equal(portAndSkipped(service('10', 1), service(undefined, 2))[0], 2);
    assert.equal(portAndSkipped(service('10', 1), service('abc', 2))[0], 2);
    assert.equal(portAndSkipped(service(undefined, 1), service(undefined, 2))[0], 2);
  });

  test('two kinds of one name are two objects', () => {
    const snapshot = snapshotFromObjects([service('1', 80), { ...service('2', 80), kind: 'Pod' }]);
    assert.deepEqual([snapshot.services.length, snapshot.pods.length, snapshot.skipped.length], [1, 1, 0]);
  });
});

describe('laws', () => {
  const name = fc.constantFrom(...recordingNames);

  test('the order of the objects never matters', () => {
    fc.assert(
      fc.property(
        name.chain((one) => fc.shuffledSubarray<Recorded>(recording(one).items)),
        (items) => {
          const reversed = snapshotFromObjects([...items].reverse());
          assert.deepEqual(snapshotFromObjects(items), reversed);
          assert.deepEqual(snapshotFromObjects([{ kind: 'List', items }]), reversed);
          assert.deepEqual([...snapshotFromObjects(items).kinds], [...reversed.kinds]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('objects given twice say what they say once', () => {
    fc.assert(
      fc.property(fc.constantFrom('cluster', 'cluster-after', 'live-node-a'), (one) => {
        const list = recording(one);
        assert.deepEqual(snapshotFromObjects([list, recording(one)]), snapshotFromObjects([list]));
      }),
    );
  });

  test('any JSON gives a snapshot of plain data', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const or = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ arbitrary, weight: 4 }, { arbitrary: value, weight: 1 });
    const record = (model: Record<string, fc.Arbitrary<unknown>>) => or(fc.record(model, { requiredKeys: [] }));
    const array = (arbitrary: fc.Arbitrary<unknown>) => or(fc.array(arbitrary, { maxLength: 3 }));
    const text = or(fc.constantFrom('', 'a', 'None', '10.0.0.1', 'fd00::1', '10.0.0.0/8', 'TCP', 'IPv4', '__proto__'));
    const number = or(fc.constantFrom(0, 1, 80, 65536, -1, 1.5));
    const map = or(fc.dictionary(fc.constantFrom('app', '__proto__', 'constructor', 'toString'), text));
    const port = record({ name: text, port: number, protocol: text, nodePort: number, containerPort: number });
    const object = record({
      kind: or(fc.constantFrom('Service', 'EndpointSlice', 'Pod', 'Node', 'List', 'ServiceList', 'NodeList')),
      apiVersion: text,
      metadata: record({ name: text, namespace: text, labels: map, annotations: map, resourceVersion: text }),
      addressType: text,
      ports: array(port),
      endpoints: array(record({ addresses: array(text), conditions: map, hints: map, targetRef: map })),
      spec: record({
        clusterIP: text,
        clusterIPs: array(text),
        ipFamilies: array(text),
        selector: map,
        ports: array(port),
        containers: array(record({ ports: array(port) })),
        externalIPs: array(text),
        loadBalancerSourceRanges: array(text),
        podCIDRs: array(text),
      }),
      status: record({
        podIPs: array(map),
        addresses: array(map),
        conditions: array(map),
        containerStatuses: array(record({ name: text, state: record({ waiting: map, terminated: map }) })),
        loadBalancer: record({ ingress: array(map) }),
      }),
      items: array(value),
    });
    fc.assert(
      fc.property(fc.array(object), (objects) => assertPlain(snapshotFromObjects(JSON.parse(JSON.stringify(objects))))),
      { numRuns: 1000 },
    );
  });

  test('a damaged object damages no other', () => {
    const damage = fc.record({
      place: fc.nat(),
      path: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(name, damage, (one, { place, path, value }) => {
        const list = recording(one);
        const index = place % list.items.length;
        const others = snapshotFromObjects(list.items.toSpliced(index, 1));
        replace(list.items[index], path, value);
        const damaged = snapshotFromObjects([list]);
        assertPlain(damaged);
        for (const lists of ['services', 'endpointSlices', 'pods', 'nodes'] as const) {
          const read = byKey(damaged[lists]);
          const missing = others[lists].filter((object) => {
            const found = read.get(`${object.namespace}/${object.name}`);
            return found === undefined || JSON.stringify(found) !== JSON.stringify(object);
          });
          assert.deepEqual(missing, []);
          assert.ok(damaged[lists].length <= others[lists].length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('lists in lists a million deep', () => {
    const depth = 1_000_000;
    const text = `${'{"kind":"List","items":['.repeat(depth)}{"kind":"Node","metadata":{"name":"a"}}${']}'.repeat(depth)}`;
    assert.equal(snapshotFromObjects([JSON.parse(text)]).nodes.length, 1);
  });
});

/** By the URL standard, which prints IPv6 as RFC 5952 does. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

/** Walks down by choosing a field at each level, and puts the value there. */
function replace(target: Recorded, path: readonly number[], value: unknown): void {
  const keys = Object.keys(target);
  const key = keys[(path[0] ?? 0) % keys.length];
  if (key === undefined) return;
  const next = target[key];
  if (path.length === 1 || typeof next !== 'object' || next === null) target[key] = value;
  else replace(next, path.slice(1), value);
}

function assertPlain(snapshot: ClusterSnapshot): void {
  assert.deepEqual(structuredClone(snapshot), snapshot);
  for (const { object, reason } of snapshot.skipped) assert.ok(object.length < 1000 && !/[\n\r]/.test(reason));
}
