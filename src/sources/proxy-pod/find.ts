// Which of a node's pods is kube-proxy: by what it runs first, by its image, owner and names beside that. No label is
// set everywhere: kubeadm and kops write k8s-app=kube-proxy, AKS and RKE2 component=kube-proxy, GKE and RKE2 have static
// pods, OpenShift starts it from a shell in an image of another name.
import type { Container, Pod } from '../pod.ts';

export interface Candidate {
  readonly pod: Pod;
  readonly container: Container;
  readonly score: number;
  readonly running: boolean;
}

/** The best first. Empty where nothing on the node looks like kube-proxy. */
export function findKubeProxy(pods: readonly Pod[]): readonly Candidate[] {
  return pods
    .filter((pod) => pod.hostNetwork && !pod.windows)
    .flatMap((pod) => pod.containers.map((container) => candidate(pod, container)))
    .filter(({ score }) => score >= enough)
    .sort(
      (a, b) =>
        Number(b.running) - Number(a.running) ||
        b.score - a.score ||
        // The newest of two: a DaemonSet's rollout leaves the old one for a moment.
        (a.pod.created < b.pod.created ? 1 : -1),
    );
}

/** The command or the image must speak for it; names alone do not. */
const enough = 4;

function candidate(pod: Pod, container: Container): Candidate {
  const score = [
    runsKubeProxy(container.argv) ? 5 : 0,
    // The image with another program in it is somebody's helper; our own debug pod is one.
    isKubeProxyImage(container.image) && (runsKubeProxy(container.argv) || leavesEntrypoint(container.argv)) ? 4 : 0,
  ].reduce((sum, points) => sum + points, 0);
  const beside = [
    // A DaemonSet, or the Node itself for the mirror of a static pod.
    pod.owners.some(({ kind, name }) => (kind === 'DaemonSet' && /kube-?proxy/.test(name)) || kind === 'Node'),
    /^kube-proxy/.test(pod.name),
    container.name === 'kube-proxy',
    pod.labels['k8s-app'] === 'kube-proxy' || pod.labels.component === 'kube-proxy',
    pod.namespace === 'kube-system',
  ].filter(Boolean).length;
  const running = container.state.kind === 'running' && !pod.deleting;
  return { pod, container, score: score < enough ? 0 : score + beside, running };
}

// ["/usr/local/bin/kube-proxy", "--config=..."]
// ["/go-runner", "--log-file=/var/log/kube-proxy.log", "/usr/local/bin/kube-proxy", ...]      kops
// ["/bin/sh", "-c", "exec kube-proxy --master=https://... 1>>/var/log/kube-proxy.log 2>&1"]   GKE, OpenShift
// ["/hyperkube", "proxy", ...]
function runsKubeProxy(argv: readonly string[]): boolean {
  const [program = '', subcommand = ''] = argv;
  if (/(?:^|\/)hyperkube$/.test(program)) return /^(?:kube-)?proxy$/.test(subcommand);
  if (argv.some((word) => /^(?:\S*\/)?kube-proxy$/.test(word))) return true;
  const shell = /(?:^|\/)(?:ba|da|)sh$/.test(program);
  return shell && argv.slice(1).some((script) => /(?:^|[\s;&|(])(?:\S*\/)?kube-proxy\s+-/.test(script));
}

function leavesEntrypoint(argv: readonly string[]): boolean {
  return argv[0] === undefined || argv[0].startsWith('-');
}

// registry.k8s.io/kube-proxy:v1.36.1, gke.gcr.io/kube-proxy-amd64:v1.27.3-gke.100, a mirror's library/k8s-kube-proxy.
// Not kube-proxy-exporter, not kube-rbac-proxy.
export function isKubeProxyImage(image: string): boolean {
  const name = image.replace(/@.*$/, '').replace(/^.*\//, '').replace(/:.*$/, '');
  return /^(?:[a-z0-9._]+-)*kube-proxy(?:-(?:amd64|arm64|arm|ppc64le|s390x|linux))*$/.test(name);
}

/** `v1.31.2` of `.../kube-proxy:v1.31.2-eksbuild.3`; `undefined` for a digest alone or any other tag. */
export function releaseOfImage(image: string): string | undefined {
  return /:(v\d+\.\d+\.\d+)[^/:]*$/.exec(image.replace(/@.*$/, ''))?.[1];
}
