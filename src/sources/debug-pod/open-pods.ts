// The debug pods that this process has made and not removed yet: a signal handler removes them all by `removeOpenPods`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from '../../api/api-server.ts';
import { apiFailure } from '../api-failure.ts';

export interface OpenPod {
  readonly namespace: string;
  readonly name: string;
  /** Deletes it, however far it came; a second call waits for the first. False where it may still be there. */
  remove(): Promise<boolean>;
}

const open = new Set<OpenPod>();
let ending = false;

/**
 * Notes the pod before it is asked for, then asks for it: whatever becomes of the request, the pod has a name to remove.
 * Throws what `create` throws.
 */
export async function openPod(
  api: ApiServer,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  create: () => Promise<unknown>,
): Promise<OpenPod> {
  if (ending) throw new Error('interrupted: no more pods are made');
  let removal: Promise<boolean> | undefined;
  const created = create();
  const arrived = created.then(
    () => {},
    () => {},
  );
  const pod: OpenPod = {
    namespace,
    name,
    remove: () => {
      removal ??= remove(api, `/api/v1/namespaces/${namespace}/pods/${name}`, arrived).then((gone) => {
        if (gone) open.delete(pod);
        else removal = undefined;
        return gone;
      });
      return removal;
    },
  };
  open.add(pod);
  try {
    await created;
    return pod;
  } catch (error) {
    // A refusal made nothing. Anything else may have been made all the same.
    const answered = apiFailure(error)?.code ?? 0;
    if (answered >= 400 && answered < 500 && answered !== 409) open.delete(pod);
    else await pod.remove();
    throw error;
  }
}

/** Pods of this process that are still there, or may be. */
export function openPods(): readonly OpenPod[] {
  return [...open];
}

/** `--keep`: from now on it is the user's. */
export function forgetPod(pod: OpenPod): void {
  open.delete(pod);
}

/** For the end of the process: none is made any more, all are removed. Gives those that may be left; never throws. */
export async function removeOpenPods(): Promise<readonly OpenPod[]> {
  ending = true;
  await Promise.all([...open].map((pod) => pod.remove()));
  return openPods();
}

const attempts = 3;

/** Never heeds the caller's signal: an interrupted run removes its pod, too. */
async function remove(api: ApiServer, path: string, arrived: Promise<void>): Promise<boolean> {
  // A deletion that overtakes the creation would find nothing.
  await Promise.race([arrived, sleep(5_000, undefined, { ref: false })]);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      await api.delete(path, { gracePeriodSeconds: 0 }, { timeoutMs: 10_000 });
      return true;
    } catch (error) {
      const answered = apiFailure(error);
      if (answered?.code === 404) return true;
      if (answered?.code === 403) return false;
      if (attempt < attempts) await sleep(300 * attempt);
    }
  }
  return false;
}
