// A cluster for tests of sources: the tests' API server with our own connection to it.
import type { TestContext } from 'node:test';
import type { ApiServer } from '../../src/api/api-server.ts';
import { openApiServer } from '../../src/api/open-api-server.ts';
import { type ServerOptions, startApiServer, type TestApiServer } from '../api-server/index.ts';
import { podObject } from './pod-objects.ts';

export interface Cluster {
  readonly server: TestApiServer;
  readonly api: ApiServer;
}

/** Closed when the test ends. */
export async function cluster(context: TestContext, options: ServerOptions): Promise<Cluster> {
  const server = await startApiServer(options);
  const api = await openApiServer({ kubeconfig: server.kubeconfig }, { world: { env: {} } });
  context.after(async () => {
    await api.close();
    await server.close();
  });
  return { server, api };
}

export const nodeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-a' },
  status: {
    nodeInfo: { kubeletVersion: 'v1.36.1' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  },
};

export const kubeProxyPod = podObject({
  image: 'registry.k8s.io/kube-proxy:v1.36.2',
  command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
  owners: [{ kind: 'DaemonSet', name: 'kube-proxy' }],
});
