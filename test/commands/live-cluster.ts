// The recorded cluster live: its objects on the tests' API server, its nodes' rules behind exec.
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import {
  type ApiObject,
  type ExecCall,
  type ExecReply,
  notThere,
  recorded,
  type ServerOptions,
  startApiServer,
  type TestApiServer,
} from '../api-server/index.ts';
import { recordingsFolder } from './cli.ts';

const folder = `${recordingsFolder}live-node-a/`;

/** The objects of live-node-a, whose kube-proxy's pods exec reaches. */
export function liveObjects(): readonly unknown[] {
  return recorded('live-node-a/objects.json');
}

/** What the programs in kube-proxy's pod print: the recorded text. */
export function recordedNode({ command }: ExecCall): ExecReply {
  const file = {
    'iptables-save': 'iptables-save-c.txt',
    'ip6tables-save': 'ip6tables-save.txt',
  }[command[0] ?? ''];
  if (command[0] === 'kube-proxy' || command[0] === '/usr/local/bin/kube-proxy')
    return { stdout: 'Kubernetes v1.36.1\n' };
  if (file === undefined) return { failure: notThere(command[0] ?? '') };
  return { stdout: readFileSync(folder + file) };
}

/** Closed when the test ends. */
export async function liveCluster(context: TestContext, options: ServerOptions = {}): Promise<TestApiServer> {
  const server = await startApiServer({ objects: liveObjects(), exec: recordedNode, ...options });
  context.after(() => server.close());
  return server;
}

/** What came of `verb` for a live cluster, without the proxies of this machine's environment. */
export function on(server: TestApiServer): readonly string[] {
  return ['--kubeconfig', server.kubeconfig];
}

/** Further nodes like node-a, each with a kube-proxy of its own. */
export function furtherNodes(names: readonly string[]): readonly unknown[] {
  const objects = liveObjects() as readonly ApiObject[];
  const node = objects.find(({ kind, metadata }) => kind === 'Node' && metadata.name === 'node-a');
  const pod = objects.find(({ kind, metadata }) => kind === 'Pod' && metadata.name === 'kube-proxy-2m9c4');
  return names.flatMap((name) => [
    { ...node, metadata: { ...node?.metadata, name, uid: `uid-${name}` } },
    {
      ...pod,
      metadata: { ...pod?.metadata, name: `kube-proxy-${name}`, uid: `uid-pod-${name}` },
      spec: { ...(pod?.spec as object), nodeName: name },
    },
  ]);
}
