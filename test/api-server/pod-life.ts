// How a created pod goes on: the scripts that a test gives to the pods its code makes.
import type { ApiObject, ObjectStore, Resource } from './store.ts';
import { resources } from './store.ts';

export type PodLife =
  /** Running and ready after a while. */
  | { readonly becomes: 'running'; readonly afterMs?: number }
  /** Pending, its containers waiting with ErrImagePull and then ImagePullBackOff; events say so. */
  | { readonly becomes: 'image-pull-back-off'; readonly afterMs?: number }
  /** Pending without a node; a FailedScheduling event. */
  | { readonly becomes: 'unschedulable'; readonly message?: string }
  /** Pending in ContainerCreating for ever; an event only with `message`. */
  | { readonly becomes: 'pending'; readonly message?: string }
  /** Running, then its container ends. */
  | { readonly becomes: 'failed'; readonly afterMs?: number; readonly exitCode?: number; readonly reason?: string }
  /** 403 at creation, as Pod Security admission does. */
  | { readonly becomes: 'refused'; readonly message?: string };

export const podSecurityRefusal =
  'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), non-default capabilities (container "rules" must not include "NET_ADMIN" in securityContext.capabilities.add)';

interface Container {
  readonly name: string;
  readonly image?: string;
}

/** Begins the life of a pod already stored; `stop` ends all timers. */
export function beginLife(store: ObjectStore, pod: ApiObject, life: PodLife): { stop(): void } {
  const timers: NodeJS.Timeout[] = [];
  const { namespace = 'default', name } = pod.metadata;
  const containers = ((pod.spec as { containers?: readonly Container[] } | undefined)?.containers ?? []) as Container[];
  const nodeName = (pod.spec as { nodeName?: string }).nodeName;

  const update = (phase: string, state: object, { ready = false, scheduled = true } = {}) => {
    const now = store.get(podResource, namespace, name);
    if (now === undefined) return;
    const containerStatuses = containers.map(({ name: container, image }) => ({
      name: container,
      image,
      imageID: '',
      ready,
      restartCount: 0,
      started: ready,
      state,
    }));
    const conditions = [
      { type: 'PodScheduled', status: scheduled ? 'True' : 'False', ...(scheduled ? {} : { reason: 'Unschedulable' }) },
      { type: 'Ready', status: ready ? 'True' : 'False' },
    ];
    const address = ready ? { podIP: '172.18.0.2', hostIP: '172.18.0.2' } : {};
    const status = { phase, conditions, ...(scheduled ? { containerStatuses } : {}), ...address };
    store.put({ ...now, status });
  };
  const waiting = (reason: string, message?: string) => ({
    waiting: { reason, ...(message === undefined ? {} : { message }) },
  });
  const later = (ms: number, go: () => void) => timers.push(setTimeout(go, ms));
  const tell = (type: string, reason: string, message: string) => {
    if (store.get(podResource, namespace, name) !== undefined) putEvent(store, pod, type, reason, message);
  };

  switch (life.becomes) {
    case 'refused':
      break;
    case 'running':
      update('Pending', waiting('ContainerCreating'));
      later(life.afterMs ?? 0, () => {
        tell('Normal', 'Started', `Started container ${containers[0]?.name}`);
        update('Running', { running: { startedAt: new Date().toISOString() } }, { ready: true });
      });
      break;
    case 'image-pull-back-off': {
      const image = containers[0]?.image ?? '';
      const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
      update('Pending', waiting('ContainerCreating'));
      later(life.afterMs ?? 0, () => {
        tell('Normal', 'Pulling', `Pulling image "${image}"`);
        tell('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
        update('Pending', waiting('ErrImagePull', message));
      });
      later((life.afterMs ?? 0) + 50, () => {
        tell('Normal', 'BackOff', `Back-off pulling image "${image}"`);
        update('Pending', waiting('ImagePullBackOff', `Back-off pulling image "${image}"`));
      });
      break;
    }
    case 'unschedulable':
      update('Pending', {}, { scheduled: false });
      tell(
        'Warning',
        'FailedScheduling',
        life.message ?? '0/2 nodes are available: 2 node(s) had untolerated taint(s).',
      );
      break;
    case 'pending':
      update('Pending', waiting('ContainerCreating'));
      if (life.message !== undefined) tell('Warning', 'FailedCreatePodSandBox', life.message);
      break;
    case 'failed':
      update('Pending', waiting('ContainerCreating'));
      later(life.afterMs ?? 0, () => {
        const { exitCode = 1, reason = 'Error' } = life;
        update('Failed', { terminated: { exitCode, reason, finishedAt: new Date().toISOString() } });
        tell('Warning', 'Failed', `container on ${nodeName} ended with exit code ${exitCode}`);
      });
      break;
    default:
      life satisfies never;
  }
  return { stop: () => timers.forEach(clearTimeout) };
}

let events = 0;

export function putEvent(store: ObjectStore, pod: ApiObject, type: string, reason: string, message: string): void {
  const { namespace = 'default', name, uid } = pod.metadata;
  const at = new Date().toISOString();
  store.put({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${(++events).toString(16).padStart(16, '0')}`, namespace },
    involvedObject: { kind: 'Pod', namespace, name, uid, apiVersion: 'v1' },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
  });
}

export const podResource: Resource = resources.find(({ plural }) => plural === 'pods') as Resource;
