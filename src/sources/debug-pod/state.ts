// Where a new pod stands: running, on its way, or not to be waited for.

import type { Container, Pod } from '../pod.ts';
import { isNotThere } from '../pod-exec.ts';

export type PodState =
  | { readonly kind: 'running' }
  | { readonly kind: 'starting'; readonly why: string }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly why: string };

export type FailureCode =
  | 'DEBUG_POD_IMAGE'
  | 'DEBUG_POD_UNSCHEDULABLE'
  | 'DEBUG_POD_CONFIG'
  | 'DEBUG_POD_COMMAND'
  | 'DEBUG_POD_ENDED';

// kubernetes/pkg/kubelet/images/types.go, kuberuntime/kuberuntime_container.go, v1.36
const waits: Readonly<Record<string, FailureCode>> = {
  ErrImagePull: 'DEBUG_POD_IMAGE',
  ImagePullBackOff: 'DEBUG_POD_IMAGE',
  ErrImageNeverPull: 'DEBUG_POD_IMAGE',
  InvalidImageName: 'DEBUG_POD_IMAGE',
  ImageInspectError: 'DEBUG_POD_IMAGE',
  RegistryUnavailable: 'DEBUG_POD_IMAGE',
  SignatureValidationFailed: 'DEBUG_POD_IMAGE',
  CreateContainerConfigError: 'DEBUG_POD_CONFIG',
  CreateContainerError: 'DEBUG_POD_CONFIG',
  RunContainerError: 'DEBUG_POD_CONFIG',
  CrashLoopBackOff: 'DEBUG_POD_ENDED',
};

export function podState(pod: Pod): PodState {
  const [container] = pod.containers;
  const state = container?.state ?? { kind: 'unknown' };
  if (pod.deleting) return { kind: 'failed', code: 'DEBUG_POD_ENDED', why: 'it is being deleted' };
  if (state.kind === 'waiting' || state.kind === 'terminated') {
    const why = [state.reason, state.message].filter((part) => part !== '').join(': ');
    const code = state.kind === 'waiting' ? waits[state.reason] : 'DEBUG_POD_ENDED';
    if (code === undefined) return { kind: 'starting', why: why || 'its container is waiting' };
    if (code !== 'DEBUG_POD_IMAGE' && isNotThere(why)) return { kind: 'failed', code: 'DEBUG_POD_COMMAND', why };
    return { kind: 'failed', code, why: code === 'DEBUG_POD_IMAGE' ? `image ${imageOf(container)}: ${why}` : why };
  }
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') {
    // The kubelet would not have it: OutOfcpu, OutOfpods, NodeAffinity, Evicted.
    const why = [pod.reason || pod.phase, pod.message].filter((part) => part !== '').join(': ');
    return { kind: 'failed', code: 'DEBUG_POD_UNSCHEDULABLE', why };
  }
  if (pod.unscheduled !== undefined) return { kind: 'failed', code: 'DEBUG_POD_UNSCHEDULABLE', why: pod.unscheduled };
  if (state.kind === 'running' && pod.phase === 'Running') return { kind: 'running' };
  return {
    kind: 'starting',
    why: state.kind === 'unknown' ? 'the node has not taken it up' : 'its container is starting',
  };
}

function imageOf(container: Container | undefined): string {
  return container?.image ?? '';
}
