// --source proxy-pod: a command in kube-proxy's own pod. It has kube-proxy's iptables and the node's network, and needs no
// more permission than exec in one namespace.
import type { ApiServer } from '../api/api-server.ts';
import { SourceError } from '../errors.ts';
import type { OpenedNode } from './capture-with.ts';
import { podsOfNode } from './node-pods.ts';
import type { ContainerState } from './pod.ts';
import { podExec } from './pod-exec.ts';
import { podHealthz } from './pod-healthz.ts';
import { type Candidate, findKubeProxy } from './proxy-pod/find.ts';
import type { NodeTarget, RunOptions, Source } from './source.ts';

export function proxyPodSource(api: ApiServer): Source {
  return { name: 'proxy-pod', open: (node, options) => open(api, node, options) };
}

async function open(api: ApiServer, node: NodeTarget, options: RunOptions): Promise<OpenedNode> {
  const { pods, looked } = await podsOfNode(api, node.name, options);
  const [found] = findKubeProxy(pods);
  if (found === undefined) {
    const windows = pods.some((pod) => pod.windows && /kube-?proxy/.test(pod.name));
    const why = windows ? 'it is a Windows node' : `none of its ${pods.length} pods runs it (${looked})`;
    throw new SourceError('NO_KUBE_PROXY_POD', `no kube-proxy pod was found on ${node.name}: ${why}`, {
      hint: 'k3s, k0s and MicroK8s run kube-proxy inside another process: try --source debug-pod, or --source ssh',
    });
  }
  const { namespace, name } = found.pod;
  if (!found.running) {
    throw new SourceError('KUBE_PROXY_NOT_RUNNING', `kube-proxy's pod ${namespace}/${name} ${notRunning(found)}`, {
      hint: `kubectl describe pod ${name} -n ${namespace}`,
    });
  }
  return {
    exec: podExec(api, { namespace, pod: name, container: found.container.name }),
    where: `pod ${namespace}/${name} on ${node.name}`,
    kubeProxyImage: found.container.image,
    healthz: podHealthz(api, { namespace, pod: name }),
    close: async () => {},
  };
}

function notRunning({ pod, container: { state } }: Candidate): string {
  if (pod.deleting) return 'is being deleted';
  return `is not running: ${stateWords(state) || [pod.phase, pod.reason, pod.message].filter((it) => it !== '').join(': ')}`;
}

function stateWords(state: ContainerState): string {
  if (state.kind === 'running' || state.kind === 'unknown') return '';
  return [state.reason, state.message].filter((part) => part !== '').join(': ');
}
