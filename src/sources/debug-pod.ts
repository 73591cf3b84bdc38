// --source debug-pod: a pod of our own on the node for as long as one capture takes, from the image that kube-proxy's pods
// have. It holds still while commands run beside it, so that their output comes whole and not through a rotated log.
import { hostname, userInfo } from 'node:os';
import type { ApiServer } from '../api/api-server.ts';
import { SourceError } from '../errors.ts';
import { type ApiFailure, apiFailure } from './api-failure.ts';
import type { OpenedNode } from './capture-with.ts';
import { awaitRunning } from './debug-pod/await-running.ts';
import { type DebugImage, debugImage } from './debug-pod/image.ts';
import { type Capability, containerName, debugPodName, debugPodObject, holdingCommands } from './debug-pod/manifest.ts';
import { forgetPod, type OpenPod, openPod } from './debug-pod/open-pods.ts';
import { podsOfNode, systemNamespace } from './node-pods.ts';
import type { Pod } from './pod.ts';
import { podExec } from './pod-exec.ts';
import { podHealthz } from './pod-healthz.ts';
import type { Exec, NodeTarget, Output, RunOptions, Source } from './source.ts';

export { openPods, removeOpenPods } from './debug-pod/open-pods.ts';

export interface DebugPodOptions {
  /** Over the image of kube-proxy's pod. */
  readonly image?: string | undefined;
  /** Where it is made; kube-system by default: other namespaces' Pod Security levels refuse host networks. */
  readonly namespace?: string | undefined;
  /** Leaves the pod to the user, until its deadline ends it. */
  readonly keep?: boolean | undefined;
  /** How long a pod may take to run; 60 s by default, never longer than the node's time. */
  readonly startTimeoutMs?: number | undefined;
  /** What a user must know though nothing failed: a pod that stays. */
  readonly note?: ((sentence: string) => void) | undefined;
  /** For `-v`. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Beyond the node's time: what the pod may live if this process is killed. */
const spareSeconds = 60;
const defaultTimeoutMs = 240_000;

export function debugPodSource(api: ApiServer, options: DebugPodOptions = {}): Source {
  return { name: 'debug-pod', open: (node, run) => open({ api, options, node, run }) };
}

interface Opening {
  readonly api: ApiServer;
  readonly options: DebugPodOptions;
  readonly node: NodeTarget;
  readonly run: RunOptions;
}

async function open(given: Opening): Promise<OpenedNode> {
  const { options, node } = given;
  const ending = new AbortController();
  const signal = given.run.signal === undefined ? ending.signal : AbortSignal.any([given.run.signal, ending.signal]);
  const opening = { ...given, run: { ...given.run, signal } };
  const image = debugImage(options.image, options.image === undefined ? await podsOf(opening) : [], node);
  options.log?.(`${node.name}: debug pod from ${image.image}`);
  const made: OpenPod[] = [];
  let legacy: Promise<Started> | undefined;
  const removeAll = () => Promise.all(made.map((pod) => removed(opening, pod)));
  try {
    const first = await start(opening, image, ['NET_ADMIN'], made);
    const exec = withRawSocket(first.exec, async () => {
      options.log?.(`${node.name}: the legacy tables need NET_RAW, starting a second debug pod`);
      legacy ??= start(opening, image, ['NET_ADMIN', 'NET_RAW'], made);
      return (await legacy).exec;
    });
    const close = async () => {
      // The second pod may be on its way at this moment.
      ending.abort(new Error('the debug pod was closed'));
      await legacy?.catch(() => {});
      if (options.keep === true) for (const pod of made) keep(opening, pod);
      else await removeAll();
    };
    return {
      exec,
      where: `debug pod ${first.namespace}/${first.name} on ${node.name} (${image.image})`,
      kubeProxyImage: image.ofKubeProxy ? image.image : undefined,
      healthz: podHealthz(opening.api, { namespace: first.namespace, pod: first.name }),
      close,
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

/** iptables-legacy asks the kernel through a raw socket: where it is refused, `another` may. */
function withRawSocket(exec: Exec, another: () => Promise<Exec>): Exec {
  return {
    run: async (argv, options) => {
      const output = await exec.run(argv, options);
      if (!needsRawSocket(output)) return output;
      try {
        return await (await another()).run(argv, options);
      } catch (error) {
        options?.signal?.throwIfAborted();
        return { ...output, stderr: `${output.stderr.trim()} (${error instanceof Error ? error.message : error})` };
      }
    },
  };
}

/** Without permission to look, the node's release must tell the image. */
async function podsOf({ api, node, run, options }: Opening): Promise<readonly Pod[]> {
  try {
    return (await podsOfNode(api, node.name, run)).pods;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    options.log?.(`${node.name}: ${error.message}`);
    return [];
  }
}

interface Started {
  readonly namespace: string;
  readonly name: string;
  readonly exec: Exec;
}

/** Starts a pod with the first of the commands that its image has. What was made is in `made`, also when this throws. */
async function start(
  opening: Opening,
  { image }: DebugImage,
  capabilities: readonly Capability[],
  made: OpenPod[],
): Promise<Started> {
  const { api, options, node, run } = opening;
  const namespace = options.namespace ?? systemNamespace;
  const timeoutMs = Math.min(options.startTimeoutMs ?? 60_000, run.timeoutMs ?? Number.POSITIVE_INFINITY);
  for (const [index, command] of holdingCommands.entries()) {
    const name = debugPodName(node.name);
    const pod = await create(opening, { namespace, name, image, command, capabilities });
    made.push(pod);
    try {
      await awaitRunning(api, { namespace, name, node: node.name }, { ...run, timeoutMs });
      return { namespace, name, exec: podExec(api, { namespace, pod: name, container: containerName }) };
    } catch (error) {
      const commandIsMissing = error instanceof SourceError && error.code === 'DEBUG_POD_COMMAND';
      if (!commandIsMissing || index === holdingCommands.length - 1) throw error;
      options.log?.(`${node.name}: ${error.message}; trying another command`);
      await removed(opening, pod);
    }
  }
  throw new Error('no command to hold a debug pod with');
}

interface NewPod {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly capabilities: readonly Capability[];
}

async function create({ api, node, run }: Opening, pod: NewPod): Promise<OpenPod> {
  const activeDeadlineSeconds = Math.ceil((run.timeoutMs ?? defaultTimeoutMs) / 1000) + spareSeconds;
  const object = debugPodObject({ ...pod, node: node.name, activeDeadlineSeconds, startedBy: startedBy() });
  run.signal?.throwIfAborted();
  try {
    // Not with the caller's signal: a request broken off may still make the pod.
    return await openPod(api, pod, () =>
      api.create(`/api/v1/namespaces/${pod.namespace}/pods`, object, { timeoutMs: 30_000 }),
    );
  } catch (error) {
    const answered = apiFailure(error);
    if (answered === undefined) throw error;
    throw refusal(pod.namespace, node.name, answered, error);
  }
}

function refusal(namespace: string, node: string, { message, canI }: ApiFailure, cause: unknown): SourceError {
  const sentence = `a debug pod on ${node} was refused: ${message}`;
  if (/violates PodSecurity|pod ?security/i.test(message)) {
    return new SourceError('DEBUG_POD_SECURITY', sentence, {
      cause,
      hint: `Give a namespace that admits privileged pods by --debug-namespace (now ${namespace}), or try --source ssh`,
    });
  }
  return new SourceError('DEBUG_POD_REFUSED', sentence, {
    cause,
    hint: canI ?? `kubectl auth can-i create pods -n ${namespace}`,
  });
}

// iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)
function needsRawSocket({ status, stderr }: Output): boolean {
  return status !== 0 && stderr.includes('legacy') && /permission denied|operation not permitted/i.test(stderr);
}

async function removed({ options, node }: Opening, pod: OpenPod): Promise<void> {
  const gone = await pod.remove();
  options.log?.(`${node.name}: debug pod ${pod.namespace}/${pod.name} ${gone ? 'removed' : 'not removed'}`);
  if (gone) return;
  options.note?.(
    `debug pod ${pod.namespace}/${pod.name} on ${node.name} could not be removed: kubectl delete pod ${pod.name} -n ${pod.namespace}`,
  );
}

function keep({ options, node }: Opening, pod: OpenPod): void {
  forgetPod(pod);
  options.note?.(
    `debug pod ${pod.namespace}/${pod.name} on ${node.name} is kept: kubectl delete pod ${pod.name} -n ${pod.namespace}`,
  );
}

function startedBy(): string {
  try {
    return `${userInfo().username}@${hostname()} (process ${process.pid})`;
  } catch {
    return `${hostname()} (process ${process.pid})`;
  }
}
