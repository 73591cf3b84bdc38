// The exec end of the tests' API server: the websocket remote command protocol, v4 and v5
// (apimachinery/pkg/util/remotecommand, v1.32), in front of a function that the test gives.
import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExecCall {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly command: readonly string[];
  /** The name of the node of the pod. */
  readonly node: string | undefined;
  readonly protocol: string;
  readonly user: string;
  /** Whether the caller asked for standard input. */
  readonly stdin: boolean;
  /** Resolves when the caller closed its standard input (v5) or is gone. */
  readonly stdinEnded: Promise<void>;
  /** Aborted when the caller is gone, or the pod is deleted. */
  readonly signal: AbortSignal;
}

export interface ExecReply {
  readonly stdout?: string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly stderr?: string;
  /** Default 0. */
  readonly status?: number;
  /** The command could not be run at all: an InternalError with this message instead of an exit status. */
  readonly failure?: string;
  /**
   * How it ends: `status` as it should; `cut`: the connection breaks off without a status; `close`: it is closed in good
   * order without a status; `stall`: nothing comes any more, the connection stays; `linger`: the status comes, the
   * connection stays.
   */
  readonly end?: 'status' | 'cut' | 'close' | 'stall' | 'linger';
  /** Bytes of standard output after which the end comes, whatever is left. */
  readonly after?: number;
  readonly frameBytes?: number;
  /** Waits before each frame: a slow stream. */
  readonly pauseMs?: number;
  /** Waits before the first byte. */
  readonly delayMs?: number;
  /** Sent before all else as they are: frames of no channel, of unknown ones. */
  readonly rawFrames?: readonly Uint8Array[];
  /** Bytes in which the status is sent; default: whole. */
  readonly statusBytes?: number;
  /** Output that comes after the status. */
  readonly afterStatus?: string;
}

export type ExecCommand = (call: ExecCall) => ExecReply | Promise<ExecReply>;

export interface ExecOptions {
  readonly command: ExecCommand;
  /** What the server speaks, the best first. */
  readonly protocols: readonly string[];
}

/** The little of the package `ws` that is used here; it brings no types of its own. */
interface Socket {
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array, done: (error?: Error) => void): void;
  close(code?: number): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer) => void): void;
  on(event: 'close' | 'error', listener: () => void): void;
}

interface SocketServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (socket: Socket) => void): void;
}

const { WebSocketServer } = createRequire(import.meta.url)('ws') as {
  WebSocketServer: new (options: {
    noServer: true;
    perMessageDeflate: false;
    handleProtocols(offered: Set<string>): string | false;
  }) => SocketServer;
};

/** Takes over an upgraded request; resolves when the session has ended. */
export function serveExec(
  { command, protocols }: ExecOptions,
  call: Omit<ExecCall, 'protocol' | 'stdinEnded'>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (web) => {
      const stdinEnded = new Promise<void>((ended) => {
        web.on('message', (data) => {
          if (data[0] === closeChannel && data[1] === stdinChannel) ended();
        });
        web.on('close', ended);
      });
      const gone = new Promise<void>((left) => web.on('close', left));
      web.on('error', () => {});
      call.signal.addEventListener('abort', () => web.terminate());
      const reply = Promise.resolve(command({ ...call, protocol: web.protocol, stdinEnded }));
      reply
        .then((it) => answer(web, it))
        .catch(() => web.terminate())
        .then(() => gone)
        .then(resolve);
    });
  });
}

const [stdinChannel, stdoutChannel, stderrChannel, statusChannel, closeChannel] = [0, 1, 2, 3, 255];

async function answer(web: Socket, reply: ExecReply): Promise<void> {
  const { end = 'status', after = Number.POSITIVE_INFINITY, frameBytes = 32 * 1024, pauseMs, delayMs } = reply;
  // What the real server sends first: an empty frame on each channel.
  for (const channel of [stdoutChannel, stderrChannel, statusChannel]) await send(web, channel, new Uint8Array());
  for (const frame of reply.rawFrames ?? []) await sendRaw(web, frame);
  if (delayMs !== undefined) await sleep(delayMs);
  if (reply.stderr !== undefined && reply.stderr !== '') await send(web, stderrChannel, Buffer.from(reply.stderr));
  let left = after;
  for await (const chunk of chunksOf(reply.stdout)) {
    for (let at = 0; at < chunk.length && left > 0; at += frameBytes) {
      const frame = chunk.subarray(at, at + Math.min(frameBytes, left));
      if (pauseMs !== undefined) await sleep(pauseMs);
      await send(web, stdoutChannel, frame);
      left -= frame.length;
    }
    if (left <= 0) break;
  }
  if (end === 'cut') web.terminate();
  if (end === 'close') web.close(1000);
  if (end === 'cut' || end === 'close' || end === 'stall') return;
  const status = Buffer.from(JSON.stringify(statusOf(reply)));
  const { statusBytes = status.length } = reply;
  for (let at = 0; at < status.length; at += statusBytes) {
    await send(web, statusChannel, status.subarray(at, at + statusBytes));
  }
  if (reply.afterStatus !== undefined) await send(web, stdoutChannel, Buffer.from(reply.afterStatus));
  if (end === 'status') web.close(1000);
}

function send(web: Socket, channel: number, data: Uint8Array): Promise<void> {
  const frame = Buffer.allocUnsafe(data.length + 1);
  frame[0] = channel;
  frame.set(data, 1);
  return sendRaw(web, frame);
}

function sendRaw(web: Socket, frame: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) =>
    web.send(frame, (error) => (error === undefined || error === null ? resolve() : reject(error))),
  );
}

function chunksOf(stdout: ExecReply['stdout']): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (stdout === undefined) return [];
  if (typeof stdout === 'string') return [Buffer.from(stdout)];
  return stdout instanceof Uint8Array ? [stdout] : stdout;
}

// kubelet/pkg/cri/streaming/remotecommand ServeExec, v1.32
function statusOf({ status = 0, failure }: ExecReply): object {
  const about = { kind: 'Status', apiVersion: 'v1', metadata: {} };
  if (failure !== undefined) {
    const message = `Internal error occurred: error executing command in container: ${failure}`;
    return {
      ...about,
      status: 'Failure',
      message,
      reason: 'InternalError',
      details: { causes: [{ message }] },
      code: 500,
    };
  }
  if (status === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${status}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(status) }] },
  };
}

/**
 * Really runs what is asked for, in front of it `prefix` (`ip netns exec NAME`, `chroot DIR`); a program that is not
 * there fails as containerd words it.
 */
export function runsCommands(prefix: readonly string[] = []): ExecCommand {
  return ({ command, signal }) =>
    new Promise((resolve) => {
      const [program = '', ...argv] = [...prefix, ...command];
      const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'], signal });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      child.on('error', () => resolve({ failure: notThere(command[0] ?? '') }));
      child.on('close', (status) => {
        const stderr = Buffer.concat(err).toString();
        if (/exec of ".*" failed: No such file or directory/.test(stderr))
          resolve({ failure: notThere(command[0] ?? '') });
        else resolve({ stdout: Buffer.concat(out), stderr, status: status ?? 137 });
      });
    });
}

/** containerd's words for a program that the image does not have. */
export function notThere(program: string): string {
  return `failed to exec in container: failed to start exec "f00": OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`;
}
