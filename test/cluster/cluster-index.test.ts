import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterIndex, hasEnded, objectKey, podAt } from '../../src/cluster/cluster-index.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { podsMatching, slicesOf } from '../../src/cluster/selectors.ts';
import { recording, recordingNames } from './recordings.ts';

for (const name of recordingNames) {
  const snapshot = snapshotFromObjects([recording(name)]);
  const index = clusterIndex(snapshot);

  test(`${name}: everything is found by its name`, () => {
    for (const service of snapshot.services) {
      assert.equal(index.services.get(objectKey(service)), service);
      assert.deepEqual(index.slices.get(objectKey(service)) ?? [], slicesOf(snapshot, service));
    }
    for (const pod of snapshot.pods) assert.equal(index.pods.get(objectKey(pod)), pod);
    for (const node of snapshot.nodes) assert.equal(index.nodes.get(node.name), node);
    const named = snapshot.endpointSlices.filter(({ service }) => service !== undefined);
    assert.equal([...index.slices.values()].flat().length, named.length);
  });

  test(`${name}: every pod and node is found by its addresses`, () => {
    for (const pod of snapshot.pods) {
      for (const address of pod.addresses) {
        assert.ok(index.podsByAddress.get(address)?.includes(pod));
        if (pod.hostNetwork) assert.equal(index.nodesByAddress.get(address)?.name, pod.node);
        else if (!hasEnded(pod)) assert.equal(podAt(index, address), pod);
      }
    }
    for (const node of snapshot.nodes) {
      for (const { type, address } of node.addresses) {
        assert.equal(index.nodesByAddress.get(address), type === 'Hostname' ? undefined : node);
      }
    }
  });

  test(`${name}: the pods of a Service’s endpoints are the ones it selects`, () => {
    for (const service of snapshot.services.filter(({ selector }) => selector !== undefined)) {
      const selected = podsMatching(snapshot, service.namespace, service.selector);
      const slices = slicesOf(snapshot, service).filter(
        ({ managedBy }) => managedBy === 'endpointslice-controller.k8s.io',
      );
      for (const { endpoints } of slices) {
        for (const { pod } of endpoints) assert.ok(selected.some((one) => one.uid === pod?.uid));
      }
    }
  });
}

const pod = (name: string, fields: { status?: object; spec?: object; labels?: object; namespace?: string }) => ({
  kind: 'Pod',
  metadata: { name, namespace: fields.namespace ?? 'shop', labels: fields.labels },
  spec: fields.spec,
  status: { podIP: '10.0.0.1', ...fields.status },
});

test('an address belongs to the pod that lives, not to one that ended or to the node’s own', () => {
  const ended = pod('ended', { status: { phase: 'Succeeded' } });
  const failed = pod('failed', { status: { phase: 'Failed' } });
  const host = pod('host', { spec: { hostNetwork: true } });
  const index = (...pods: unknown[]) => clusterIndex(snapshotFromObjects(pods));
  assert.equal(podAt(index(ended, failed, host, pod('web', {})), '10.0.0.1')?.name, 'web');
  assert.equal(podAt(index(ended, failed, host), '10.0.0.1'), undefined);
  assert.equal(podAt(index(pod('a', {}), pod('b', {})), '10.0.0.1'), undefined);
  assert.equal(podAt(index(), '10.0.0.1'), undefined);
  assert.equal(index(ended, failed, host).podsByAddress.get('10.0.0.1')?.length, 3);
});

test('a selector holds where every label is there; an empty one selects nothing', () => {
  const service = (name: string, selector?: object, type?: string) => ({
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector, type },
  });
  const labels = { app: 'web', tier: 'front', toString: 'x' };
  const web = pod('web', { labels });
  const snapshot = snapshotFromObjects([
    web,
    pod('elsewhere', { labels, namespace: 'other' }),
    pod('bare', {}),
    service('both', { app: 'web', tier: 'front' }),
    service('external', { app: 'web' }, 'ExternalName'),
    service('more', { app: 'web', zone: 'z1' }),
    service('none'),
    service('one', { app: 'web' }),
    service('other', { app: 'db' }),
    service('proto', { constructor: 'x' }),
  ]);
  const names = (objects: readonly { name: string }[]) => objects.map(({ name }) => name);
  assert.deepEqual(names(podsMatching(snapshot, 'shop', { app: 'web' })), ['web']);
  assert.deepEqual(names(podsMatching(snapshot, 'shop', { toString: 'x' })), ['web']);
  assert.deepEqual(podsMatching(snapshot, 'shop', {}), []);
  assert.deepEqual(podsMatching(snapshot, 'shop', undefined), []);
});
