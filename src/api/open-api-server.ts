// Opens the connection to the API server: flags and kubeconfig in, an ApiServer out. Nothing is asked before the first
// request; the slow packages are loaded then.
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../errors.ts';
import { apiError, canILine } from './api-error.ts';
import type { ApiServer, ExecOptions, Query, RequestOptions } from './api-server.ts';
import { type Credential, credentialsOf, impersonationHeaders, pemOf } from './credentials.ts';
import { type Answer, exchange } from './exchange.ts';
import { execInPod, execPath, Refused } from './exec.ts';
import { type KubeFlags, readRequestTimeout, thisWorld, type World } from './kube-flags.ts';
import { kubeTarget } from './kube-target.ts';
import { listAll } from './list.ts';
import { openTransport, proxyOf, type Transport } from './transport.ts';

export interface OpenOptions {
  readonly world?: Partial<World>;
  /** One line a request: method, path, status, size, time; never a header or a body. */
  readonly log?: (line: string) => void;
  readonly pageSize?: number;
  /** Longest silence of the server; default 30 s. */
  readonly silenceMs?: number;
}

/** Throws ClusterError where the kubeconfig does not name a cluster, UsageError for an unreadable --request-timeout. */
export async function openApiServer(flags: KubeFlags, options: OpenOptions = {}): Promise<ApiServer> {
  const world = { ...thisWorld(), ...options.world };
  const { log = () => {}, pageSize = 500, silenceMs = 30_000 } = options;
  const requestTimeout = readRequestTimeout(flags.requestTimeout);
  const target = await kubeTarget(flags, world);
  const { server } = target;
  const url = String(server).replace(/\/$/, '');
  const ca = await pemOf(target.cluster.ca, 'certificate authority of the cluster');
  const credentials = credentialsOf(target, world, ca);
  const proxy = proxyOf(target, world);
  const as = impersonationHeaders(target.user.impersonate);
  const transports: Transport[] = [];
  const closing = new AbortController();
  let open: { readonly of: Credential; readonly transport: Promise<Transport> } | undefined;

  const transport = async () => {
    const credential = await credentials.current();
    if (open?.of !== credential) {
      const fresh = openTransport(target, credential, ca, proxy).then((it) => {
        transports.push(it);
        return it;
      });
      open = { of: credential, transport: fresh };
    }
    return open.transport;
  };

  /** Asks, again where the server wants to be asked again, and gives its answer of 2xx. */
  const ask = async <T>(
    method: string,
    path: string,
    signal: AbortSignal | undefined,
    once: (by: Transport) => Promise<Answer | T>,
  ): Promise<Answer | T> => {
    for (let attempt = 1; ; attempt++) {
      const started = performance.now();
      const answer = await once(await transport());
      const took = `${Math.round(performance.now() - started)} ms`;
      if (!isAnswer(answer)) return answer;
      log(`${method} ${url}${path} ${answer.status} ${answer.text.length} bytes ${took}`);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const wait =
        answer.status === 401 && attempt === 1 && credentials.refused() ? 0 : patience(method, answer, attempt);
      if (wait === undefined) throw apiError(answer.status, answer.text, { method, path }, url, flags);
      if (answer.status === 401) open = undefined;
      log(`${method} ${url}${path} is asked again in ${wait} ms`);
      await sleep(wait, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
    }
  };

  const request = async (method: string, path: string, { signal, timeoutMs }: RequestOptions, body?: object) => {
    const message = {
      method,
      url: new URL(`${url}${path}`),
      headers: { ...as, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      timeoutMs: timeoutMs ?? requestTimeout,
      silenceMs,
    };
    const answer = await ask<never>(method, path, message.signal, (by) => exchange(by, message));
    return readJson(answer, url);
  };

  const exec = async (aim: Parameters<ApiServer['exec']>[0], execOptions: ExecOptions = {}) => {
    const path = execPath(aim);
    const signal =
      execOptions.signal === undefined ? closing.signal : AbortSignal.any([execOptions.signal, closing.signal]);
    const once = (by: Transport) =>
      execInPod(by, server, as, aim, { ...execOptions, signal }).catch((error: unknown) => {
        if (error instanceof Refused) return error.answer;
        throw error;
      });
    const started = performance.now();
    const output = await ask('GET', path, signal, once);
    // A handshake never ends in an answer of 2xx.
    if (isAnswer(output)) throw apiError(output.status, output.text, { method: 'GET', path }, url, flags);
    const took = `${Math.round(performance.now() - started)} ms`;
    log(
      `exec ${aim.command.join(' ')} in ${aim.namespace}/${aim.pod}: ${output.broken ?? `exit ${output.status}`}, ${output.stdout.length} bytes ${took}`,
    );
    return output;
  };

  const get = (path: string, query: Query = {}, requestOptions: RequestOptions = {}) =>
    request('GET', `${path}${queryText(query)}`, requestOptions);

  return {
    url,
    namespace: target.namespace,
    get,
    list: (path, query = {}, requestOptions = {}) =>
      listAll((page) => get(path, { ...query, ...page }, requestOptions), pageSize),
    create: (path, object, requestOptions = {}) => request('POST', path, requestOptions, object),
    delete: async (path, query = {}, requestOptions = {}) => {
      await request('DELETE', `${path}${queryText(query)}`, requestOptions);
    },
    exec,
    canI: (permission) => canILine(permission, flags),
    close: async () => {
      closing.abort(new ClusterError('CLUSTER_CLOSED', `The connection to ${url} was closed.`));
      for (const it of transports) it.close();
    },
  };
}

function isAnswer<T>(value: Answer | T): value is Answer {
  return typeof value === 'object' && value !== null && 'contentType' in value && 'text' in value;
}

// client-go/rest with_retry.go: 429 and 5xx with a Retry-After are asked again. A create that may have been done is not.
function patience(method: string, { status, retryAfter }: Answer, attempt: number): number | undefined {
  const again = status === 429 || (status >= 500 && method !== 'POST');
  if (!again || retryAfter === undefined || attempt >= 5) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return seconds >= 0 && seconds <= 10 ? seconds * 1000 : undefined;
}

function queryText(query: Query): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? ''
    : `?${new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

function readJson({ text, contentType }: Answer, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = /^[\w/+.-]+/.exec(contentType)?.[0] ?? 'no content type';
    throw new ClusterError('API_ANSWER', `${url} answered with something that is no JSON (${what}).`, {
      hint: 'Is this an API server? Try: kubectl get --raw /version',
    });
  }
}
