// A command in a container, over a websocket that client-node opens (the handler of its Exec, whose options are ours) and that is
// ours from its first frame on: client-node's own reading resolves early, swallows errors, and waits for ever.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { ClusterError } from '../errors.ts';
import type { ExecOptions, ExecOutput, ExecTarget } from './api-server.ts';
import type { Answer } from './exchange.ts';
import { outputCollector } from './exec-output.ts';
import type { Transport } from './transport.ts';
import { timeoutError, transportError } from './transport-errors.ts';

/** The server answered the handshake with something else than a websocket. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`answered ${answer.status}`);
    this.answer = answer;
  }
}

/** The path and query of an exec, below the server's own path. */
export function execPath({ namespace, pod, container, command, stdin }: ExecTarget): string {
  const query = new URLSearchParams();
  for (const word of command) query.append('command', word);
  query.append('container', container);
  if (stdin === true) query.append('stdin', 'true');
  query.append('stdout', 'true');
  query.append('stderr', 'true');
  const name = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
  return `${name}/exec?${query}`;
}

/** The little of a `ws` socket that is used. */
interface Socket {
  readonly protocol: string;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  on(event: 'unexpected-response', listener: (request: ClientRequest, response: IncomingMessage) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'close', listener: (code: number) => void): void;
  on(event: 'open', listener: () => void): void;
  close(): void;
  terminate(): void;
}

const connectMs = 30_000;
/** How long output may come after the status, where the server does not close. */
const lingerMs = 1000;

/**
 * Rejects with Refused, with ClusterError where no session came about, or with the signal's reason. Once it runs, it
 * resolves, and says in `broken` what is missing.
 */
export async function execInPod(
  transport: Transport,
  server: URL,
  headers: Readonly<Record<string, string | readonly string[]>>,
  target: ExecTarget,
  options: ExecOptions,
): Promise<ExecOutput> {
  const { signal, timeoutMs, firstByteMs = 60_000, silenceMs = 20_000 } = options;
  signal?.throwIfAborted();
  const { Exec, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const base = String(server).replace(/\/$/, '');
  config.loadFromClusterAndUser({ name: 'cluster', server: base, skipTLSVerify: true }, { name: 'user' });

  return new Promise((resolve, reject) => {
    const output = outputCollector();
    let socket: Socket | undefined;
    let opened = false;
    let done = false;
    let quiet: NodeJS.Timeout | undefined;

    const settle = (end: () => void) => {
      if (done) return;
      done = true;
      clearTimeout(quiet);
      clearTimeout(whole);
      signal?.removeEventListener('abort', abort);
      end();
      socket?.terminate();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const finish = (cut: string) => settle(() => resolve(output.finish(cut)));
    const wait = (ms: number, late: () => void) => {
      clearTimeout(quiet);
      quiet = setTimeout(late, ms);
    };
    const soFar = () => (output.size === 0 ? 'without a byte' : `after ${output.size} bytes`);
    const giveUp = (ms: number) => finish(`no exit status came: ${soFar()}, nothing more for ${ms / 1000} s`);
    const abort = () => fail(signal?.reason);
    const whole =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            if (opened) finish(`it was not done within ${timeoutMs / 1000} s, ${soFar()}`);
            else fail(timeoutError(server.origin, 'did not begin the command', timeoutMs));
          }, timeoutMs);

    const take = (data: unknown) => {
      if (done || !(data instanceof Uint8Array)) return;
      output.take(data);
      // The status may overtake output that is still under way; the server closes when all is sent.
      if (output.told) wait(lingerMs, () => finish(''));
      else if (output.size > 0) wait(silenceMs, () => giveUp(silenceMs));
    };
    const begin = (it: Socket) => {
      opened = true;
      it.onmessage = ({ data }) => take(data);
      if (!known.has(it.protocol)) {
        const sentence = `${server.origin} speaks ${it.protocol || 'no exec protocol'}; v4 or v5.channel.k8s.io is needed.`;
        return fail(
          new ClusterError('EXEC_PROTOCOL', sentence, { hint: 'Is a proxy in between that changes websockets?' }),
        );
      }
      wait(firstByteMs, () => giveUp(firstByteMs));
    };
    const finishRequest = (request: ClientRequest, it: Socket) => {
      socket = it;
      it.on('unexpected-response', (_, response) =>
        refusal(response).then((answer) => fail(new Refused(answer)), fail),
      );
      it.on('open', () => begin(it));
      it.on('error', (error) => {
        if (opened) finish(`the connection failed ${soFar()}, before the exit status`);
        else fail(transportError(error, { server: server.origin, proxy: transport.proxy }));
      });
      it.on('close', (code) => finish(`the connection ended (${code}) ${soFar()}, before the exit status`));
      request.end();
    };

    wait(connectMs, () => fail(timeoutError(server.origin, 'did not answer', connectMs)));
    signal?.addEventListener('abort', abort);
    config.applyToHTTPSOptions = async (given) => {
      const all = { ...transport.options.headers, ...headers, 'user-agent': 'kubectl-proxyrules' };
      Object.assign(given, transport.options, {
        headers: all,
        perMessageDeflate: false,
        followRedirects: false,
        finishRequest,
      });
    };
    // What goes wrong before the socket is there; all else comes by the socket's events.
    new Exec(config).handler.connect(execPath(target), null, null).catch((error: unknown) => {
      if (socket === undefined) fail(error);
    });
  });
}

const known = new Set(['v5.channel.k8s.io', 'v4.channel.k8s.io']);

async function refusal(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 65_536) break;
  }
  const { 'retry-after': retryAfter, 'content-type': contentType = '' } = response.headers;
  return { status: response.statusCode ?? 0, retryAfter, contentType, text: Buffer.concat(chunks).toString() };
}
