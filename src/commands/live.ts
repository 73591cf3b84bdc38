// A live cluster: the API's objects before and after, and the text of the nodes asked about, several at once and none of
// them held up by another.
import pLimit from 'p-limit';
import type { ApiServer } from '../api/api-server.ts';
import type { KubeFlags } from '../api/kube-flags.ts';
import { openApiServer } from '../api/open-api-server.ts';
import type { Capture } from '../capture/capture.ts';
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { printProxyConfig } from '../cluster/proxy-config.ts';
import { type ClusterProxy, clusterProxy } from '../cluster/proxy-objects.ts';
import { type ClusterRead, readCluster, type Wanted } from '../cluster/read.ts';
import type { ClusterSnapshot, Node } from '../cluster/snapshot.ts';
import { type Unsettled, unsettled } from '../cluster/unsettled.ts';
import { ClusterError, NotApplicableError, ProxyrulesError, UsageError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';
import { captureNode, sourcesFor } from '../sources/index.ts';
import type { NodeTarget, Source } from '../sources/source.ts';
import type { SshOptions } from '../sources/ssh.ts';
import type { Io } from './io.ts';
import type { LiveOptions } from './live-options.ts';
import { missesObjects } from './missed-objects.ts';

/** What became of one node. */
export type NodeOutcome<T> =
  | { readonly node: string; readonly answer: T }
  | {
      readonly node: string;
      readonly unreadable: string;
      readonly hint: string | undefined;
      readonly applicable: boolean;
    };

export interface Live {
  readonly api: ApiServer;
  readonly read: ClusterRead;
  readonly snapshot: ClusterSnapshot;
  /** Objects that the answer rests on are forbidden. */
  readonly misses: boolean;
  /** What was picked, forbidden or absent, one sentence each. */
  readonly notes: readonly string[];
  /**
   * Asks each node in turn; at most `--concurrency` at once. In the order of the nodes' names. A single node that cannot
   * be read ends the run, unless `keepsUnread`.
   */
  eachNode<T>(use: (capture: Capture) => T | Promise<T>, keepsUnread?: boolean): Promise<readonly NodeOutcome<T>[]>;
  /** The objects read anew, for these nodes. */
  again(nodes: readonly string[]): Promise<Pick<Live, 'eachNode' | 'snapshot'>>;
  /** What moved since the objects were first read. */
  moved(): Promise<readonly Unsettled[]>;
  close(): Promise<void>;
}

export interface LiveAsk {
  readonly wanted: Wanted;
  /** A Pod whose node is meant where no node is named. */
  readonly pod?: { readonly namespace: string; readonly name: string } | undefined;
  /** What lies beside the rules, too: addresses, routes, sysctls. Without it, only what tells kube-proxy's release. */
  readonly beside?: boolean;
}

type KubeOptions = Omit<KubeFlags, 'cluster'> & { readonly cluster?: string | false | undefined };
type Flags = LiveOptions & KubeOptions;

/** Throws ClusterError where the API server cannot be asked or forbids what every answer needs, UsageError where no node fits. */
export async function openLive(io: Io, options: Flags, { wanted, pod, beside = false }: LiveAsk): Promise<Live> {
  const api = await openCluster(io, options);
  const log = logOf(io, options);
  const { interrupted: signal } = io;
  const request = signal === undefined ? {} : { signal };
  try {
    const all = { ...wanted, nodes: wanted.nodes ?? nodesWanted(options), kubeProxy: [] };
    const first = await readCluster(api, all, request);
    // What is near is known only of all.
    const read = isServiceAbsent(first, wanted) ? await readCluster(api, { ...all, services: 'all' }, request) : first;
    const snapshot = snapshotFromObjects(read.objects);
    const { forbidden } = read;
    const misses = missesObjects({ wanted, forbidden, snapshot, namedNodes: options.node !== undefined });
    const proxy = await clusterProxy([...read.kubeProxy.daemonSets, ...read.kubeProxy.configMaps]);
    const chosen = chooseNodes(options, snapshot, pod);
    const sources = await sourcesFor(options.source, {
      api: async () => api,
      debugPod: {
        image: options.debugImage,
        namespace: options.debugNamespace,
        keep: options.keep,
        note: (sentence) => note(io, sentence),
        log,
      },
      ssh: sshOptions(options),
    });
    const run = {
      timeoutMs: options.timeout,
      log,
      ...request,
      ...(!beside && { beside: ['kube-proxy-version', 'metrics'] as const }),
    };
    const readNode = async (node: NodeTarget) => withProxy(await captureFrom(io, options, sources, node, run), proxy);
    const askEach =
      (nodes: readonly NodeTarget[]): Live['eachNode'] =>
      (use, keepsUnread = false) =>
        eachNode(io, options, nodes, async (node) => await use(await readNode(node)), keepsUnread);
    const again = { ...wanted, pods: undefined, nodes: undefined, kubeProxy: undefined };
    return {
      api,
      read,
      snapshot,
      misses,
      notes: [...chosen.notes, ...forbidden.map(({ sentence, canI }) => `${sentence}: ${canI}`)],
      eachNode: askEach(chosen.nodes),
      again: async (names) => ({
        snapshot: snapshotFromObjects((await readCluster(api, all, request)).objects),
        eachNode: askEach(chosen.nodes.filter(({ name }) => names.includes(name))),
      }),
      moved: async () => unsettled(read, await readCluster(api, again, request)),
      close: () => api.close(),
    };
  } catch (error) {
    await api.close();
    throw error;
  }
}

export function openCluster(io: Io, options: KubeOptions & Pick<LiveOptions, 'verbose'>): Promise<ApiServer> {
  const { cluster, ...flags } = options;
  return openApiServer(
    { ...flags, ...(typeof cluster === 'string' && { cluster }) },
    {
      world: { env: io.env },
      log: logOf(io, options),
    },
  );
}

/** What the API has of kube-proxy goes with the node's text, so that a saved capture says the same. */
function withProxy(capture: Capture, proxy: ClusterProxy | undefined): Capture {
  if (proxy === undefined) return capture;
  const { config, from, version } = proxy;
  const text = config && new TextEncoder().encode(printProxyConfig(config));
  const section = text && ({ name: 'kube-proxy-config', command: from, status: undefined, text } as const);
  return {
    ...capture,
    kubeProxyVersion: capture.kubeProxyVersion ?? version,
    sections: section === undefined ? capture.sections : [...capture.sections, section],
  };
}

function isServiceAbsent({ absent }: ClusterRead, { services }: Wanted): boolean {
  return services !== undefined && services !== 'all' && absent.some((each) => each.startsWith('Service '));
}

function logOf(io: Io, { verbose }: Pick<LiveOptions, 'verbose'>): (line: string) => void {
  return verbose === true ? (line) => io.stderr(`${visible(line)}\n`) : () => {};
}

function nodesWanted({ node, selector }: LiveOptions): Wanted['nodes'] {
  if (node !== undefined) return node;
  return selector === undefined ? 'all' : { selector };
}

/** Without a choice one node is picked, the pod's own or the first that is fit, and the choice is told. */
function chooseNodes(
  options: LiveOptions,
  snapshot: ClusterSnapshot,
  pod: LiveAsk['pod'],
): { readonly nodes: readonly NodeTarget[]; readonly notes: readonly string[] } {
  const known = new Map(snapshot.nodes.map((node) => [node.name, node]));
  if (options.node !== undefined)
    return { nodes: [...new Set(options.node)].map((name) => target(name, known.get(name))), notes: [] };
  if (options.allNodes === true || options.selector !== undefined) {
    if (snapshot.nodes.length > 0) return { nodes: snapshot.nodes.map((node) => target(node.name, node)), notes: [] };
    throw new UsageError('NO_NODES', 'no node fits', {
      hint: 'kubectl get nodes shows the names and labels; or give --node NAME',
    });
  }
  const own =
    pod && snapshot.pods.find(({ namespace, name }) => namespace === pod.namespace && name === pod.name)?.node;
  const [first] = snapshot.nodes;
  const name = own ?? first?.name;
  if (name === undefined) {
    throw new UsageError('NO_NODES', 'the API server lists no node to look at', { hint: 'Name one with --node NAME' });
  }
  const why = own === undefined ? 'the first by name; choose with --node' : 'the node of the pod';
  const notes = snapshot.nodes.length === 1 ? [] : [`looking at node ${name}: ${why}`];
  return { nodes: [target(name, known.get(name))], notes };
}

function target(name: string, node: Node | undefined): NodeTarget {
  return { name, addresses: node?.addresses ?? [], kubeletVersion: node?.kubeletVersion };
}

/** `undefined` where no flag names SSH: `auto` leaves it out then. */
function sshOptions(options: LiveOptions): SshOptions | undefined {
  const given = {
    client: options.sshClient,
    user: options.sshUser,
    port: options.sshPort,
    identities: options.sshIdentity,
    jump: options.sshJump,
    knownHosts: options.sshKnownHosts,
    address: options.sshAddress,
    sudo: options.sudo,
  };
  return options.source === 'ssh' || Object.values(given).some((value) => value !== undefined) ? given : undefined;
}

async function eachNode<T>(
  io: Io,
  options: LiveOptions,
  nodes: readonly NodeTarget[],
  ask: (node: NodeTarget) => Promise<T>,
  keepsUnread: boolean,
): Promise<readonly NodeOutcome<T>[]> {
  const limit = pLimit(options.concurrency);
  let done = 0;
  const progress = () => {
    if (io.isErrorTerminal !== true || nodes.length === 1) return;
    io.stderr(`\r${done}/${nodes.length} nodes read${done === nodes.length ? '\n' : ''}`);
  };
  progress();
  return Promise.all(
    nodes.map((node) =>
      limit(async (): Promise<NodeOutcome<T>> => {
        try {
          io.interrupted?.throwIfAborted();
          return { node: node.name, answer: await ask(node) };
        } catch (error) {
          io.interrupted?.throwIfAborted();
          // One node of several that cannot be read is a row; the only one ends the run.
          const ends = nodes.length === 1 && (!keepsUnread || error instanceof ClusterError);
          if (!(error instanceof ProxyrulesError) || ends) throw error;
          const applicable = !(error instanceof NotApplicableError);
          return { node: node.name, unreadable: error.message, hint: error.hint, applicable };
        } finally {
          done++;
          progress();
        }
      }),
    ),
  );
}

async function captureFrom(
  io: Io,
  { source }: LiveOptions,
  sources: readonly Source[],
  node: NodeTarget,
  run: Parameters<typeof captureNode>[2],
): Promise<Capture> {
  const { capture, failed } = await captureNode(sources, node, run);
  for (const { source: other, reason } of failed) note(io, `${node.name}: not by ${other}: ${reason}`);
  if (source === 'auto') note(io, `${node.name}: read by ${capture.source}`);
  return capture;
}

/** On a terminal the count of nodes stands in the line: it makes room. */
function note(io: Io, sentence: string): void {
  io.stderr(`${io.isErrorTerminal === true ? '\r\u001b[K' : ''}note: ${visible(sentence)}\n`);
}
