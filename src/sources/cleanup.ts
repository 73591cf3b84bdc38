// Debug pods that a killed run left behind: found by their label, shown, removed when told to.
import type { ApiServer } from '../api/api-server.ts';
import { SourceError } from '../errors.ts';
import { apiFailure } from './api-failure.ts';
import { managedBy, startedByAnnotation } from './debug-pod/manifest.ts';
import { systemNamespace } from './node-pods.ts';
import { type Pod, readPod } from './pod.ts';
import type { RunOptions } from './source.ts';

export interface Leftover {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** `user@host (process 4711)`; empty where nobody wrote it down. */
  readonly startedBy: string;
  /** RFC 3339. */
  readonly created: string;
  readonly ageSeconds: number;
  readonly phase: string;
  /** Still within its deadline: somebody's run may be using it this moment. */
  readonly maybeInUse: boolean;
}

export interface Leftovers {
  readonly pods: readonly Leftover[];
  /** `all namespaces`, or the one that could be looked at. */
  readonly looked: string;
}

export interface LookFor extends RunOptions {
  /** Without it, all namespaces; where that is forbidden, the debug pods' own. */
  readonly namespace?: string | undefined;
  readonly now?: Date;
}

/** Oldest first. Throws SourceError where no namespace could be looked at. */
export async function findLeftovers(
  api: ApiServer,
  { namespace, now = new Date(), ...options }: LookFor = {},
): Promise<Leftovers> {
  const { pods, looked } = await ourPods(api, namespace, options);
  return { pods: pods.map((pod) => leftover(pod, now)).sort((a, b) => (a.created < b.created ? -1 : 1)), looked };
}

/** Resolves also where it is gone already. */
export async function removeLeftover(
  api: ApiServer,
  { namespace, name }: Pick<Leftover, 'namespace' | 'name'>,
  options: RunOptions = {},
): Promise<void> {
  try {
    await api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 }, options);
  } catch (error) {
    const answered = apiFailure(error);
    if (answered?.code === 404) return;
    if (answered === undefined) throw error;
    throw new SourceError('CLEANUP_REFUSED', `cannot delete pod ${namespace}/${name}: ${answered.message}`, {
      cause: error,
      hint: answered.canI ?? `kubectl auth can-i delete pods -n ${namespace}`,
    });
  }
}

async function ourPods(api: ApiServer, namespace: string | undefined, options: RunOptions) {
  const list = async (path: string) => {
    const { items } = await api.list(path, { labelSelector: `${managedBy.label}=${managedBy.value}` }, options);
    return items.map(readPod);
  };
  const inOne = async (one: string) => ({
    pods: await list(`/api/v1/namespaces/${one}/pods`),
    looked: `namespace ${one}`,
  });
  try {
    if (namespace !== undefined) return await inOne(namespace);
    return { pods: await list('/api/v1/pods'), looked: 'all namespaces' };
  } catch (error) {
    if (apiFailure(error)?.code !== 403 || namespace !== undefined) throw unlisted(error, namespace);
  }
  try {
    return await inOne(systemNamespace);
  } catch (error) {
    throw unlisted(error, systemNamespace);
  }
}

function unlisted(error: unknown, namespace: string | undefined): unknown {
  const answered = apiFailure(error);
  if (answered === undefined) return error;
  return new SourceError('CLEANUP_UNREADABLE', `cannot list pods: ${answered.message}`, {
    cause: error,
    hint: answered.canI ?? `kubectl auth can-i list pods ${namespace === undefined ? '-A' : `-n ${namespace}`}`,
  });
}

function leftover(pod: Pod, now: Date): Leftover {
  const { namespace, name, node, created, phase } = pod;
  const ageSeconds = Math.max(0, Math.round((now.getTime() - Date.parse(created)) / 1000)) || 0;
  const ended = phase === 'Failed' || phase === 'Succeeded';
  const maybeInUse = !ended && ageSeconds < (pod.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY);
  const startedBy = pod.annotations[startedByAnnotation] ?? '';
  return { namespace, name, node, startedBy, created, ageSeconds, phase, maybeInUse };
}
