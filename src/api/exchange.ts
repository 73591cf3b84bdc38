// One request and its answer over the kept connections: whole, unpacked, within its time.
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ClusterError } from '../errors.ts';
import type { Transport } from './transport.ts';
import { timeoutError, transportError } from './transport-errors.ts';

export interface Message {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** For all of it; `undefined` is no limit. */
  readonly timeoutMs?: number | undefined;
  /** Longest silence: while connecting, before the answer, within it. */
  readonly silenceMs: number;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string;
  readonly text: string;
}

/** Throws ClusterError, or the signal's reason. */
export async function exchange(transport: Transport, message: Message): Promise<Answer> {
  const { signal } = message;
  signal?.throwIfAborted();
  const server = message.url.origin;
  try {
    const { response, body } = await send(transport, message, server);
    const packed = response.headers['content-encoding'] === 'gzip';
    const text = (packed ? await unpack(body) : body).toString('utf8');
    const { 'retry-after': retryAfter, 'content-type': contentType = '' } = response.headers;
    return { status: response.statusCode ?? 0, retryAfter, contentType, text };
  } catch (error) {
    signal?.throwIfAborted();
    throw transportError(error, { server, proxy: transport.proxy });
  }
}

async function send(
  transport: Transport,
  message: Message,
  server: string,
): Promise<{ response: IncomingMessage; body: Buffer }> {
  for (let attempt = 1; ; attempt++) {
    const request = open(transport, message);
    try {
      return await collect(request, message, server);
    } catch (error) {
      // A kept connection that the server had closed meanwhile: nothing was answered, a read may be asked again.
      const cut = ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!(cut && request.reusedSocket && message.method === 'GET' && attempt < 3)) throw error;
    }
  }
}

function open({ options, absolute }: Transport, { method, url, headers, signal }: Message): ClientRequest {
  const all = {
    ...options.headers,
    ...headers,
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'kubectl-proxyrules',
  };
  const common = {
    ...options,
    method,
    headers: all as NodeJS.Dict<string | string[]>,
    ...(signal === undefined ? {} : { signal }),
  };
  if (absolute === undefined) return (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, common);
  const { username, password } = absolute;
  const login =
    username === ''
      ? {}
      : { 'proxy-authorization': `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}` };
  return plainRequest({
    ...common,
    host: absolute.hostname,
    port: absolute.port || 80,
    path: url.href,
    headers: { ...common.headers, host: url.host, ...login },
  });
}

function collect(
  request: ClientRequest,
  { body, timeoutMs, silenceMs }: Message,
  server: string,
): Promise<{ response: IncomingMessage; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let doing = 'could not be connected to';
    const late = (what: string, ms: number) => () => request.destroy(timeoutError(server, what, ms));
    const silence = setTimeout(() => late(doing, silenceMs)(), silenceMs);
    const whole = timeoutMs === undefined ? undefined : setTimeout(late('did not answer', timeoutMs), timeoutMs);
    const settle = (end: () => void) => {
      clearTimeout(silence);
      clearTimeout(whole);
      end();
    };
    request.on('error', (error) => settle(() => reject(error)));
    request.on('finish', () => {
      doing = 'did not answer';
      silence.refresh();
    });
    request.on('response', (response) => {
      doing = 'sent no more of its answer';
      response.on('data', (chunk: Buffer) => {
        silence.refresh();
        chunks.push(chunk);
      });
      response.on('end', () => {
        if (response.complete) settle(() => resolve({ response, body: Buffer.concat(chunks) }));
      });
      response.on('error', (error) => settle(() => reject(error)));
      response.on('close', () => settle(() => reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))));
    });
    request.end(body);
  });
}

const gunzipAsync = promisify(gunzip);

async function unpack(body: Buffer): Promise<Buffer> {
  try {
    return await gunzipAsync(body);
  } catch {
    throw new ClusterError('API_ANSWER', 'The server sent an answer that cannot be unpacked.', {
      hint: 'Is a proxy in between that changes answers?',
    });
  }
}
