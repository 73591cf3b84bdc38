// Which image the debug pod gets: it must hold iptables, best the version that wrote the rules, best already on the node.
import { SourceError } from '../../errors.ts';
import type { Pod } from '../pod.ts';
import { findKubeProxy } from '../proxy-pod/find.ts';
import type { NodeTarget } from '../source.ts';

export interface DebugImage {
  readonly image: string;
  /** Whether the node's own kube-proxy runs from it. */
  readonly ofKubeProxy: boolean;
}

/** `pods`: those of the node, or of the cluster where the node has none of its own. */
export function debugImage(asked: string | undefined, pods: readonly Pod[], node: NodeTarget): DebugImage {
  if (asked !== undefined) return { image: asked, ofKubeProxy: false };
  // Even where its container crashes, its image is on the node.
  const [found] = findKubeProxy(pods.filter((pod) => pod.node === node.name));
  if (found !== undefined) return { image: found.container.image, ofKubeProxy: true };
  // v1.30.4+k3s1, v1.29.1-eks-508b6b3, v1.36.1
  const release = /^v\d+\.\d+\.\d+/.exec(node.kubeletVersion ?? '')?.[0];
  if (release !== undefined) return { image: `registry.k8s.io/kube-proxy:${release}`, ofKubeProxy: false };
  throw new SourceError(
    'DEBUG_POD_NO_IMAGE',
    `no image for a debug pod on ${node.name}: it runs no kube-proxy pod, and its release is not known`,
    {
      hint: 'Give an image with iptables by --debug-image',
    },
  );
}
