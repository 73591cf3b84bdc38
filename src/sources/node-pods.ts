// The pods of one node, with no more permission than there is: all namespaces, else kube-system alone.
import type { ApiServer } from '../api/api-server.ts';
import { SourceError } from '../errors.ts';
import { apiFailure } from './api-failure.ts';
import { type Pod, readPod } from './pod.ts';
import type { RunOptions } from './source.ts';

export interface NodePods {
  readonly pods: readonly Pod[];
  /** `all namespaces`, `namespace kube-system`: where was looked. */
  readonly looked: string;
}

export const systemNamespace = 'kube-system';

export async function podsOfNode(api: ApiServer, node: string, options: RunOptions): Promise<NodePods> {
  const query = { fieldSelector: `spec.nodeName=${node}` };
  try {
    const { items } = await api.list('/api/v1/pods', query, options);
    return { pods: items.map(readPod), looked: 'all namespaces' };
  } catch (error) {
    if (apiFailure(error)?.code !== 403) throw asSourceError(error);
  }
  try {
    const { items } = await api.list(`/api/v1/namespaces/${systemNamespace}/pods`, query, options);
    return { pods: items.map(readPod), looked: `namespace ${systemNamespace}` };
  } catch (error) {
    throw asSourceError(error);
  }
}

function asSourceError(error: unknown): unknown {
  const failure = apiFailure(error);
  if (failure === undefined) return error;
  return new SourceError('NODE_PODS_UNREADABLE', `cannot list the node's pods: ${failure.message}`, {
    cause: error,
    hint: failure.canI ?? `kubectl auth can-i list pods -n ${systemNamespace}`,
  });
}
