// The tests' own API server, over HTTPS: client certificates and tokens, recorded objects in pages, selectors, refusals,
// pods with a scripted life, exec over websockets. It counts what was asked of it, so that tests can say what was not.
//
//   const server = await startApiServer({ objects: recorded('live-node-a/objects.json'), exec: runsCommands() });
//   ... KUBECONFIG=server.kubeconfig ...
//   await server.close();
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { discovery } from './discovery.ts';
import { type ExecCommand, serveExec } from './exec.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Pki, testPki } from './pki.ts';
import { beginLife, type PodLife, podResource, podSecurityRefusal } from './pod-life.ts';
import { routeOf } from './route.ts';
import { type Asked, expired, forbidden, notFound, type Status, unauthorized, unknownPath } from './status.ts';
import { type ApiObject, ObjectStore, type Resource } from './store.ts';
import { type User, type Who, whoAsks } from './who.ts';
import { bodyOf, type Fault, write, writeRaw } from './wire.ts';

export interface ServerOptions {
  readonly objects?: readonly unknown[];
  /** Besides `admin-token`. */
  readonly tokens?: Readonly<Record<string, User>>;
  readonly passwords?: Readonly<Record<string, User>>;
  /** True is answered with 403. */
  readonly forbid?: (asked: Asked, who: Who) => boolean;
  /** What `exec` runs. Without it, exec is not found. */
  readonly exec?: ExecCommand;
  /** Default v5 and v4. */
  readonly execProtocols?: readonly string[];
  /** The life of each pod that is created; default: running at once. */
  readonly podLife?: (pod: ApiObject) => PodLife;
  /** How long a deleted pod takes to go; default 0. */
  readonly podDeletionMs?: number;
  /** Larger pages are cut to this. */
  readonly pageLimit?: number;
  /** Asked before each answer. */
  readonly fault?: (request: RecordedRequest) => Fault | undefined;
  /** Which certificate the server shows; `none`: plain HTTP. Default `server`. */
  readonly certificate?: 'server' | 'wrongName' | 'expired' | 'stranger' | 'none';
}

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Repeated parameters are in order. */
  readonly query: URLSearchParams;
  readonly headers: Readonly<NodeJS.Dict<string[]>>;
  /** CN of the client certificate that was shown, verified or not. */
  readonly certificate: string | undefined;
  readonly who: Who | undefined;
}

export interface TestApiServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly pki: Pki;
  /** A directory for the test's files, removed at `close`. */
  readonly directory: string;
  /** Path of a kubeconfig that makes one an admin by client certificate. */
  readonly kubeconfig: string;
  readonly store: ObjectStore;
  /** In order of arrival. */
  readonly requests: RecordedRequest[];
  readonly connections: { readonly total: number; readonly open: number };
  /** `namespace/name` of the pods that code under test created and that still are. */
  livePods(): readonly string[];
  /** Pods that were ever created, as posted. */
  readonly createdPods: readonly ApiObject[];
  /** Exec sessions now open. */
  readonly sessions: number;
  /** Continue tokens given out until now are answered with 410. */
  expireTokens(): void;
  close(): Promise<void>;
}

/** The objects of a file under test/fixtures/recordings. */
export function recorded(path: string): readonly unknown[] {
  const text = readFileSync(new URL(`../fixtures/recordings/${path}`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { items: unknown[] }).items;
}

export const admin: User = { name: 'kubernetes-admin', groups: ['system:masters'] };

export async function startApiServer(options: ServerOptions = {}): Promise<TestApiServer> {
  const pki = testPki();
  const directory = mkdtempSync(join(tmpdir(), 'kpr-api-'));
  const store = new ObjectStore(options.objects);
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const created = new Map<string, { stop(): void }>();
  const createdPods: ApiObject[] = [];
  const sessions = new Map<AbortController, string>();
  const tokens = { 'admin-token': admin, ...options.tokens };
  let connections = 0;
  let oldestToken = 0;
  let tokensMade = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = record(request);
    const body = await bodyOf(request);
    const fault = options.fault?.(asked);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.does === 'stall') return;
    if (fault?.does === 'reset') return void request.socket.destroy();
    if (fault?.status !== undefined) return write(request, response, fault.status, fault);
    write(request, response, respond(asked, body), fault);
  };

  const respond = (asked: RecordedRequest, body: string): Status | object => {
    if (asked.who === undefined) return unauthorized;
    if (asked.path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.1', platform: 'linux/amd64' };
    const route = routeOf(asked);
    if (route === undefined) return discovery(asked.path) ?? unknownPath();
    if (options.forbid?.(route.asked, asked.who) === true) return forbidden(route.asked, asked.who.as.name);
    const { resource, namespace, name, subresource } = route;
    if (subresource === 'exec') {
      return { code: 400, reason: 'BadRequest', message: 'Upgrade request required' };
    }
    if (subresource !== undefined) return unknownPath();
    if (asked.method === 'POST') return create(resource, namespace, JSON.parse(body) as ApiObject);
    if (name === undefined) return list(resource, namespace, asked.query);
    const object = store.get(resource, namespace, name);
    if (object === undefined) return notFound(resource.plural, name);
    return asked.method === 'DELETE' ? remove(resource, object, asked.query) : object;
  };

  const list = (resource: Resource, namespace: string | undefined, query: URLSearchParams): Status | object => {
    const [labelSelector, fieldSelector] = [query.get('labelSelector') ?? '', query.get('fieldSelector') ?? ''];
    const found = store.select(resource, { namespace, labelSelector, fieldSelector });
    const token = query.get('continue') ?? '';
    const { at, number, version } = token === '' ? first(store.version) : readToken(token);
    if (number < oldestToken) return expired();
    const limit = Math.min(
      Number(query.get('limit') ?? 0) || Number.POSITIVE_INFINITY,
      options.pageLimit ?? Number.POSITIVE_INFINITY,
    );
    const items = found.slice(at, at + limit).map(({ kind: _, apiVersion: __, ...rest }) => rest);
    const left = found.length - at - items.length;
    const more =
      left > 0
        ? { continue: writeToken({ at: at + items.length, number: tokensMade++, version }), remainingItemCount: left }
        : {};
    const metadata = { resourceVersion: version, ...more };
    return { kind: `${resource.kind}List`, apiVersion: resource.apiVersion, metadata, items };
  };

  const create = (resource: Resource, namespace: string | undefined, object: ApiObject): Status | object => {
    const { name = `${String(object.metadata.generateName ?? '')}${suffix()}` } = object.metadata as { name?: string };
    if (store.get(resource, namespace, name) !== undefined) {
      return { code: 409, reason: 'AlreadyExists', message: `${resource.plural} "${name}" already exists` };
    }
    const metadata = { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
    if (resource !== podResource) return store.put({ ...object, metadata });
    createdPods.push(object);
    const life = options.podLife?.(object) ?? { becomes: 'running' };
    if (life.becomes === 'refused') {
      const message = `pods "${name}" is forbidden: ${life.message ?? podSecurityRefusal}`;
      return { code: 403, reason: 'Forbidden', message, details: { name, kind: 'pods' } };
    }
    const pod = store.put({ ...object, metadata, status: { phase: 'Pending' } });
    created.set(`${namespace}/${name}`, beginLife(store, pod, life));
    return pod;
  };

  const remove = (resource: Resource, object: ApiObject, query: URLSearchParams): object => {
    const { namespace, name } = object.metadata;
    const key = `${namespace}/${name}`;
    const now = query.get('gracePeriodSeconds') === '0' ? 0 : (options.podDeletionMs ?? 0);
    const go = () => {
      store.remove(resource, namespace, name);
      created.get(key)?.stop();
      created.delete(key);
      for (const [session, pod] of sessions) if (pod === key) session.abort();
    };
    if (now === 0 || resource !== podResource) go();
    else {
      store.put({ ...object, metadata: { ...object.metadata, deletionTimestamp: new Date().toISOString() } });
      setTimeout(go, now).unref();
    }
    return object;
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const asked = record(request);
    const fault = options.fault?.(asked);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.does === 'stall') return;
    if (fault?.does === 'reset') return void socket.destroy();
    const refuse = (status: Status) => writeRaw(socket, status, fault?.retryAfter);
    if (fault?.status !== undefined) return refuse(fault.status);
    if (asked.who === undefined) return refuse(unauthorized);
    const route = routeOf(asked);
    if (route?.subresource !== 'exec') return refuse(unknownPath());
    if (options.forbid?.(route.asked, asked.who) === true) return refuse(forbidden(route.asked, asked.who.as.name));
    if (options.exec === undefined) return refuse(unknownPath());
    const { namespace = '', name = '' } = route;
    const pod = store.get(podResource, namespace, name);
    if (pod === undefined) return refuse(notFound('pods', name));
    const spec = pod.spec as { nodeName?: string; containers?: { name: string }[] } | undefined;
    const container = asked.query.get('container') ?? undefined;
    if (container !== undefined && spec?.containers?.some((it) => it.name === container) !== true) {
      return refuse({
        code: 400,
        reason: 'BadRequest',
        message: `container ${container} is not valid for pod ${name}`,
      });
    }
    const session = new AbortController();
    sessions.set(session, `${namespace}/${name}`);
    const call = {
      namespace,
      pod: name,
      container,
      command: asked.query.getAll('command'),
      node: spec?.nodeName,
      user: asked.who.as.name,
      stdin: asked.query.get('stdin') === 'true',
      signal: session.signal,
    };
    socket.on('close', () => {
      sessions.delete(session);
      session.abort();
    });
    const protocols = options.execProtocols ?? ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
    await serveExec({ command: options.exec, protocols }, call, request, socket, head);
  };

  const record = (request: IncomingMessage): RecordedRequest => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const peer =
      'encrypted' in request.socket ? (request.socket as TLSSocket).getPeerCertificate()?.subject?.CN : undefined;
    const entry = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headersDistinct,
      certificate: peer === undefined ? undefined : String(peer),
      who: whoAsks(request, { tokens, ...(options.passwords === undefined ? {} : { passwords: options.passwords }) }),
    };
    requests.push(entry);
    return entry;
  };

  const { certificate = 'server' } = options;
  const server =
    certificate === 'none'
      ? createPlainServer()
      : createServer({
          cert: pki[certificate].cert,
          key: pki[certificate].key,
          ca: pki.ca,
          requestCert: true,
          rejectUnauthorized: false,
        });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    upgrade(request, socket, head).catch(() => socket.destroy());
  });
  server.on(certificate === 'none' ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `${certificate === 'none' ? 'http' : 'https'}://127.0.0.1:${port}`;
  const kubeconfig = join(directory, 'admin.kubeconfig');
  writeKubeconfig(kubeconfig, {
    cluster: { server: url, ...(certificate === 'none' ? {} : { 'certificate-authority': pki.caFile }) },
    user: certificateUser(pki, admin),
  });

  return {
    url,
    port,
    pki,
    directory,
    kubeconfig,
    store,
    requests,
    connections: {
      get total() {
        return connections;
      },
      get open() {
        return sockets.size;
      },
    },
    livePods: () => [...created.keys()],
    createdPods,
    get sessions() {
      return sessions.size;
    },
    expireTokens: () => {
      oldestToken = tokensMade;
    },
    close: async () => {
      for (const life of created.values()) life.stop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig user that shows a client certificate. */
export function certificateUser(pki: Pki, { name, groups }: User): object {
  const { certFile, keyFile } = pki.client(name, groups);
  return { 'client-certificate': certFile, 'client-key': keyFile };
}

interface Token {
  readonly at: number;
  readonly number: number;
  readonly version: string;
}

const first = (version: string): Token => ({ at: 0, number: Number.POSITIVE_INFINITY, version });
const writeToken = (token: Token) => Buffer.from(JSON.stringify(token)).toString('base64url');
const readToken = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Token;

let suffixes = 0;
const suffix = () => (++suffixes).toString(36).padStart(5, 'x');
