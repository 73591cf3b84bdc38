// What is asked of the API server for each wish, what comes of it where something is forbidden, and what moved between
// two reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiServer } from '../../src/api/api-server.ts';
import { openApiServer } from '../../src/api/open-api-server.ts';
import { snapshotFromObjects } from '../../src/cluster/from-objects.ts';
import { readCluster } from '../../src/cluster/read.ts';
import { unsettled } from '../../src/cluster/unsettled.ts';
import {
  type ApiObject,
  recorded,
  type ServerOptions,
  startApiServer,
  type TestApiServer,
} from '../api-server/index.ts';

const objects = recorded('live-node-a/objects.json') as readonly ApiObject[];

async function withCluster(
  options: ServerOptions,
  use: (api: ApiServer, server: TestApiServer) => Promise<void>,
): Promise<void> {
  const server = await startApiServer({ objects, ...options });
  const api = await openApiServer({ kubeconfig: server.kubeconfig }, { world: { env: {} }, pageSize: 7 });
  try {
    await use(api, server);
  } finally {
    await api.close();
    await server.close();
  }
}

/** `list pods -n x ?labelSelector`, without pages after the first, sorted. */
function asked({ requests }: TestApiServer): readonly string[] {
  return requests
    .filter(({ query }) => !query.has('continue'))
    .map(({ path, query }) => {
      const selectors = [query.get('labelSelector'), query.get('fieldSelector')].filter((it) => it !== null);
      return [path, ...selectors].join(' ? ');
    })
    .sort();
}

test('everything, by pages, is the same snapshot as from a file', async () => {
  await withCluster({}, async (api, server) => {
    const read = await readCluster(api, { services: 'all', nodes: 'all', pods: 'all' });
    const ours = new Set(['Service', 'EndpointSlice', 'Pod', 'Node']);
    const file = objects.filter(({ kind }) => ours.has(kind));
    assert.deepEqual(snapshotFromObjects(read.objects), snapshotFromObjects(file));
    assert.deepEqual(asked(server), [
      '/api/v1/nodes',
      '/api/v1/pods',
      '/api/v1/services',
      '/apis/discovery.k8s.io/v1/endpointslices',
    ]);
    const version = server.store.version;
    assert.deepEqual(read.resourceVersions, {
      endpointslices: version,
      nodes: version,
      pods: version,
      services: version,
    });
    assert.deepEqual(read.forbidden, []);
    assert.ok(server.connections.total <= 4);
  });
});

test('one Service: itself, its slices, its pods, one node, and nothing else', async () => {
  await withCluster({}, async (api, server) => {
    const services = { namespace: 'default', name: 'web' };
    const read = await readCluster(api, { services, nodes: ['node-a'], pods: 'selected' });
    const service = server.store.get(
      { plural: 'services', kind: 'Service', apiVersion: 'v1', namespaced: true },
      'default',
      'web',
    );
    assert.ok(service !== undefined);
    const { selector } = service.spec as { selector: Record<string, string> };
    const labels = Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    assert.deepEqual(asked(server), [
      `/api/v1/namespaces/default/pods ? ${labels}`,
      '/api/v1/namespaces/default/services/web',
      '/api/v1/nodes/node-a',
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices ? kubernetes.io/service-name=web',
    ]);
    const snapshot = snapshotFromObjects(read.objects);
    assert.deepEqual(
      snapshot.services.map(({ name }) => name),
      ['web'],
    );
    assert.ok(snapshot.endpointSlices.every(({ service }) => service === 'web') && snapshot.endpointSlices.length > 0);
    assert.ok(snapshot.pods.length > 0 && snapshot.pods.length < 8);
    assert.deepEqual(
      snapshot.nodes.map(({ name }) => name),
      ['node-a'],
    );
  });
});

test('pods are not asked for where no verb wants them, nor for a Service without a selector', async () => {
  await withCluster({}, async (api, server) => {
    await readCluster(api, { services: { namespace: 'default', name: 'web' } });
    await readCluster(api, { services: { namespace: 'default', name: 'kubernetes' }, pods: 'selected' });
    await readCluster(api, { services: { namespace: 'default' } });
    assert.ok(asked(server).every((line) => !line.includes('pods')));
    assert.ok(asked(server).includes('/api/v1/namespaces/default/services'));
  });
});

test('a Service that is not there is absent, not unknown', async () => {
  await withCluster({}, async (api) => {
    const read = await readCluster(api, { services: { namespace: 'default', name: 'none' }, nodes: ['nobody'] });
    assert.deepEqual(read.absent, ['Node nobody', 'Service default/none']);
    const { kinds, services } = snapshotFromObjects(read.objects);
    assert.ok(kinds.has('Service') && kinds.has('Node'));
    assert.deepEqual(services, []);
  });
});

test('what is forbidden is told, and the rest is read', async () => {
  const forbid: ServerOptions['forbid'] = ({ resource }) => ['nodes', 'pods', 'daemonsets'].includes(resource);
  await withCluster({ forbid }, async (api, server) => {
    const read = await readCluster(api, { services: 'all', nodes: 'all', pods: 'all', kubeProxy: 'all' });
    const config = ` --kubeconfig ${server.kubeconfig}`;
    assert.deepEqual(
      read.forbidden.map(({ resource, namespace, canI }) => ({ resource, namespace, canI: canI.replace(config, '') })),
      [
        {
          resource: 'daemonsets.apps',
          namespace: 'kube-system',
          canI: 'kubectl auth can-i list daemonsets.apps -n kube-system',
        },
        { resource: 'nodes', namespace: undefined, canI: 'kubectl auth can-i list nodes' },
        { resource: 'pods', namespace: undefined, canI: 'kubectl auth can-i list pods --all-namespaces' },
        { resource: 'pods', namespace: 'kube-system', canI: 'kubectl auth can-i list pods -n kube-system' },
      ],
    );
    assert.ok(read.forbidden.every(({ sentence }) => /forbids user kubernetes-admin to list/.test(sentence)));
    const { kinds, services } = snapshotFromObjects(read.objects);
    assert.deepEqual([...kinds].sort(), ['EndpointSlice', 'Service']);
    assert.equal(services.length, 35);
    // Who may not see the DaemonSet may still see kubeadm's ConfigMap.
    assert.equal(read.kubeProxy.configMaps.length, 1);
  });
});

test('what else goes wrong is thrown', async () => {
  const fault: ServerOptions['fault'] = ({ path }) => (path.includes('endpointslices') ? { does: 'reset' } : undefined);
  await withCluster({ fault }, async (api) => {
    await assert.rejects(readCluster(api, { services: 'all' }), { code: 'CLUSTER_CUT', exitCode: 4 });
  });
});

test("kube-proxy's DaemonSet, ConfigMap and pods, by image and command", async () => {
  await withCluster({}, async (api, server) => {
    const { kubeProxy } = await readCluster(api, { kubeProxy: ['node-a'] });
    const names = (list: readonly unknown[]) =>
      (list as readonly ApiObject[]).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(names(kubeProxy.daemonSets), ['DaemonSet kube-proxy']);
    assert.deepEqual(names(kubeProxy.configMaps), ['ConfigMap kube-proxy']);
    assert.equal(kubeProxy.pods.length, 1);
    assert.ok(asked(server).includes('/api/v1/namespaces/kube-system/pods ? spec.nodeName=node-a'));
    const all = await readCluster(api, { kubeProxy: 'all' });
    assert.equal(all.kubeProxy.pods.length, 2);
    const web = { name: 'kube-proxy-lookalike', namespace: 'kube-system' };
    server.store.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: web,
      spec: { containers: [{ name: 'c', image: 'example/my-kube-proxy-exporter:1' }] },
    });
    assert.equal((await readCluster(api, { kubeProxy: 'all' })).kubeProxy.pods.length, 2);
  });
});

test('managedFields are left behind', async () => {
  await withCluster({}, async (api, server) => {
    const metadata = { name: 'managed', namespace: 'default', managedFields: [{ manager: 'kubectl' }] };
    server.store.put({ apiVersion: 'v1', kind: 'Service', metadata, spec: {} });
    const list = await readCluster(api, { services: 'all' });
    const one = await readCluster(api, { services: { namespace: 'default', name: 'managed' } });
    assert.doesNotMatch(JSON.stringify([list.objects, one.objects]), /managedFields/);
  });
});

test('what moved between two reads is unsettled: added, changed, removed, replaced', async () => {
  await withCluster({}, async (api, server) => {
    const wanted = { services: 'all', nodes: 'all', pods: 'all' } as const;
    const before = await readCluster(api, wanted);
    assert.deepEqual(unsettled(before, await readCluster(api, wanted)), []);

    const service = { plural: 'services', kind: 'Service', apiVersion: 'v1', namespaced: true };
    const slice = {
      plural: 'endpointslices',
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      namespaced: true,
    };
    const [changed] = server.store.select(slice, {
      namespace: 'default',
      labelSelector: 'kubernetes.io/service-name=web',
    });
    assert.ok(changed !== undefined);
    server.store.put(changed);
    server.store.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'new', namespace: 'default' }, spec: {} });
    server.store.remove(service, 'default', 'web');
    const again = server.store.get(service, 'default', 'kubernetes');
    assert.ok(again !== undefined);
    server.store.put({ ...again, metadata: { ...again.metadata, uid: 'another' } });
    // Other kinds are no business of kube-proxy's rules.
    for (const pod of server.store.select({ plural: 'pods', kind: 'Pod', apiVersion: 'v1', namespaced: true }))
      server.store.put(pod);

    const after = await readCluster(api, wanted);
    assert.deepEqual(unsettled(before, after), [
      { kind: 'EndpointSlice', namespace: 'default', name: changed.metadata.name, service: 'web', change: 'changed' },
      { kind: 'Service', namespace: 'default', name: 'kubernetes', service: 'kubernetes', change: 'replaced' },
      { kind: 'Service', namespace: 'default', name: 'new', service: 'new', change: 'added' },
      { kind: 'Service', namespace: 'default', name: 'web', service: 'web', change: 'removed' },
    ]);
    const blind = await readCluster(api, { nodes: 'all' });
    assert.deepEqual(unsettled(before, blind), []);
    assert.deepEqual(unsettled(blind, after), []);
  });
});
