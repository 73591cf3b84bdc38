// Waits for the debug pod by asking again and again, and says within seconds why it will not come.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiServer } from '../../api/api-server.ts';
import { SourceError } from '../../errors.ts';
import { apiFailure } from '../api-failure.ts';
import { array, field, readPod, text, words } from '../pod.ts';
import type { RunOptions } from '../source.ts';
import { podState } from './state.ts';

export interface AwaitedPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
}

const firstWaitMs = 100;
const longestWaitMs = 500;
/** A kubelet that lives takes a pod up in a second or two. */
const nodeAskedAfterMs = 4_000;

/** Throws SourceError with what the kubelet and the events say. */
export async function awaitRunning(
  api: ApiServer,
  pod: AwaitedPod,
  { signal, timeoutMs = 60_000 }: RunOptions,
): Promise<void> {
  const started = performance.now();
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`;
  const options = { timeoutMs: 10_000, ...(signal === undefined ? {} : { signal }) };
  let nodeAsked = false;
  let last = 'it was not seen yet';
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
    const state = podState(readPod(await current(api, path, pod, options)));
    if (state.kind === 'running') return;
    if (state.kind === 'failed') throw await failure(api, pod, state.code, `did not start: ${state.why}`, options);
    last = state.why;
    const passed = performance.now() - started;
    if (!nodeAsked && passed > nodeAskedAfterMs) {
      nodeAsked = true;
      const away = await whyNodeIsAway(api, pod.node, options);
      if (away !== undefined) {
        throw await failure(api, pod, 'DEBUG_POD_NODE_NOT_READY', `does not start: ${away}`, options);
      }
    }
    if (passed > timeoutMs) {
      const after = `${Math.max(1, Math.round(timeoutMs / 1000))} s`;
      throw await failure(api, pod, 'DEBUG_POD_NOT_STARTED', `had not started after ${after}: ${last}`, options);
    }
    await sleep(Math.min(wait, Math.max(1, timeoutMs - passed)), undefined, signal === undefined ? {} : { signal });
  }
}

async function current(api: ApiServer, path: string, pod: AwaitedPod, options: RunOptions): Promise<unknown> {
  try {
    return await api.get(path, {}, options);
  } catch (error) {
    const answered = apiFailure(error);
    if (answered === undefined) throw error;
    if (answered.code === 404)
      throw await failure(api, pod, 'DEBUG_POD_ENDED', 'was deleted by somebody else', options);
    throw new SourceError('DEBUG_POD_UNREADABLE', `cannot look at debug pod ${name(pod)}: ${answered.message}`, {
      cause: error,
      hint: answered.canI ?? `kubectl auth can-i get pods -n ${pod.namespace}`,
    });
  }
}

async function failure(api: ApiServer, pod: AwaitedPod, code: string, why: string, options: RunOptions) {
  const events = await warnings(api, pod, options);
  const seen = events.filter((event) => !why.includes(event));
  const told = seen.length === 0 ? '' : ` (events: ${seen.join('; ')})`;
  return new SourceError(code, `debug pod ${name(pod)} on ${pod.node} ${why}${told}`, {
    hint: hints[code] ?? waitLonger,
  });
}

const waitLonger = 'Give it longer by --timeout, or try --source proxy-pod or --source ssh';
const hints: Readonly<Record<string, string>> = {
  DEBUG_POD_IMAGE: 'Give an image with iptables that the node has or can pull by --debug-image',
  DEBUG_POD_COMMAND: 'Give an image with iptables by --debug-image',
  DEBUG_POD_CONFIG: 'Give another image by --debug-image, or try --source ssh',
  DEBUG_POD_UNSCHEDULABLE: 'The node takes no pod: try --source ssh',
  DEBUG_POD_NODE_NOT_READY: "The node's kubelet does not answer: try --source ssh",
  DEBUG_POD_ENDED: 'Give an image with iptables by --debug-image, or try --source ssh',
};

/** The newest warnings about the pod; none where events may not be read. */
async function warnings(api: ApiServer, pod: AwaitedPod, options: RunOptions): Promise<readonly string[]> {
  try {
    const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${pod.name}`;
    const { items } = await api.list(`/api/v1/namespaces/${pod.namespace}/events`, { fieldSelector }, options);
    const told = items.filter((event) => field(event, 'type') === 'Warning').map(words);
    return [...new Set(told)].slice(-3).map((it) => it.slice(0, 400));
  } catch (error) {
    options.signal?.throwIfAborted();
    if (apiFailure(error) === undefined) throw error;
    return [];
  }
}

async function whyNodeIsAway(api: ApiServer, node: string, options: RunOptions): Promise<string | undefined> {
  try {
    const object = await api.get(`/api/v1/nodes/${node}`, {}, options);
    const ready = array(field(field(object, 'status'), 'conditions')).find((it) => field(it, 'type') === 'Ready');
    if (ready === undefined || field(ready, 'status') === 'True') return undefined;
    return `${node} is not ready since ${text(field(ready, 'lastTransitionTime'))} (${words(ready)})`;
  } catch (error) {
    options.signal?.throwIfAborted();
    const answered = apiFailure(error);
    if (answered === undefined) throw error;
    return answered.code === 404 ? `there is no node ${node}` : undefined;
  }
}

function name(pod: AwaitedPod): string {
  return `${pod.namespace}/${pod.name}`;
}
