// The sources there are, and the order in which `auto` tries them: the least privilege first.
import type { ApiServer } from '../api/api-server.ts';
import type { Capture, SourceName } from '../capture/capture.ts';
import { type ProxyrulesError, SourceError, UsageError } from '../errors.ts';
import { type CaptureOptions, captureWith } from './capture-with.ts';
import type { DebugPodOptions } from './debug-pod.ts';
import { type SourceChoice, sourceChoices } from './names.ts';
import type { NodeTarget, Source } from './source.ts';
import type { SshOptions } from './ssh.ts';

/** What each source is made from. */
export interface SourceParts {
  /** Asked for only by the sources that need a cluster. */
  readonly api: () => Promise<ApiServer>;
  readonly debugPod?: DebugPodOptions;
  /** Given only where a flag or the configuration names SSH: `auto` leaves it out otherwise. */
  readonly ssh?: SshOptions | undefined;
}

const sources = {
  'proxy-pod': async ({ api }) => (await import('./proxy-pod.ts')).proxyPodSource(await api()),
  'debug-pod': async ({ api, debugPod }) => (await import('./debug-pod.ts')).debugPodSource(await api(), debugPod),
  ssh: async ({ ssh = {} }) => (await import('./ssh.ts')).sshSource(ssh),
} satisfies Record<SourceName, (parts: SourceParts) => Promise<Source>>;

export { type SourceChoice, sourceChoices };

/** In the order in which they are tried. Throws UsageError for a choice that there is not. */
export async function sourcesFor(choice: string, parts: SourceParts): Promise<readonly Source[]> {
  const names = namesFor(choice, parts);
  return Promise.all(names.map((name) => sources[name](parts)));
}

function namesFor(choice: string, { ssh }: SourceParts): readonly SourceName[] {
  if (choice === 'auto') return ['proxy-pod', 'debug-pod', ...(ssh === undefined ? [] : (['ssh'] as const))];
  const found = sourceChoices.find((it): it is SourceName => it === choice && it !== 'auto');
  if (found !== undefined) return [found];
  throw new UsageError('SOURCE_UNKNOWN', `--source ${choice} is not one of ${sourceChoices.join(', ')}`);
}

export interface Captured {
  readonly capture: Capture;
  /** Those that were tried before the one that gave it, and why they did not. */
  readonly failed: readonly { readonly source: SourceName; readonly reason: string }[];
}

/**
 * Captures the node by the first of the sources that can. Whatever was opened is closed. Throws SourceError with every
 * source's reason where none can; an interruption and an API server that is away end it at once.
 */
export async function captureNode(
  among: readonly Source[],
  node: NodeTarget,
  options: Omit<CaptureOptions, 'source'>,
): Promise<Captured> {
  const failures: { readonly source: SourceName; readonly error: ProxyrulesError }[] = [];
  const started = performance.now();
  const left = () => (options.timeoutMs === undefined ? undefined : options.timeoutMs - (performance.now() - started));
  for (const source of among) {
    options.signal?.throwIfAborted();
    try {
      const capture = await captureBy(source, node, options, left);
      return { capture, failed: failures.map(({ source: name, error }) => ({ source: name, reason: error.message })) };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof SourceError)) throw error;
      failures.push({ source: source.name, error });
      options.log?.(`${node.name}: ${source.name}: ${error.message}`);
    }
  }
  throw noSource(node, failures);
}

/** `left`: what there is of the node's time. */
async function captureBy(
  source: Source,
  node: NodeTarget,
  options: Omit<CaptureOptions, 'source'>,
  left: () => number | undefined,
): Promise<Capture> {
  const { signal, timeoutMs: _, ...rest } = options;
  const run = () => {
    const timeoutMs = left();
    return {
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs: Math.max(1, Math.ceil(timeoutMs)) }),
    };
  };
  const open = await source.open(node, run());
  try {
    return await captureWith(open, node, { ...rest, ...run(), source: source.name });
  } finally {
    await open.close();
  }
}

function noSource(
  node: NodeTarget,
  failures: readonly { readonly source: SourceName; readonly error: ProxyrulesError }[],
): SourceError {
  const [only] = failures;
  if (only !== undefined && failures.length === 1 && only.error instanceof SourceError) return only.error;
  const reasons = failures.map(({ source, error }) => `${source}: ${error.message}`).join('; ');
  const hint = failures.at(-1)?.error.hint;
  return new SourceError('NODE_UNREADABLE', `${node.name} could not be read: ${reasons || 'no source was given'}`, {
    cause: failures.map(({ error }) => error),
    ...(hint === undefined ? {} : { hint }),
  });
}
