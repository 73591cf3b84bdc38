// kube-proxy's health, where no program in the pod can ask for it: the API server goes to the pod, and kube-proxy answers
// on all of the node's addresses (10256; the metrics port 10249 answers on loopback only, which no proxy reaches).
import type { ApiServer } from '../api/api-server.ts';
import type { RunOptions } from './source.ts';

export interface Healthz {
  /** Where it was asked, as a command would be shown. */
  readonly command: string;
  /** JSON. Throws where kube-proxy is not healthy (503), nobody listens, or asking is forbidden. */
  read(options: RunOptions): Promise<Uint8Array>;
}

export function podHealthz(
  api: ApiServer,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
): Healthz {
  const path = `/api/v1/namespaces/${namespace}/pods/http:${pod}:10256/proxy/healthz`;
  return {
    command: `kubectl get --raw ${path}`,
    read: async (options) => new TextEncoder().encode(`${JSON.stringify(await api.get(path, {}, options))}\n`),
  };
}
