// SSH without an ssh program: ssh2, led by the user's configuration, agent and known_hosts.
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { SourceError } from '../../errors.ts';
import type { Ssh2 } from './builtin-agent.ts';
import { logIn } from './builtin-hop.ts';
import { runOnChannel } from './builtin-run.ts';
import { configFiles, hostSettings } from './config.ts';
import type { Connection, Destination } from './connection.ts';
import { failed, refused, timedOut, unreachable, unresolved } from './failures.ts';
import { safeHost } from './host-name.ts';
import type { HostSettings } from './host-settings.ts';
import { type Jump, parseJumps, printJumps } from './jumps.ts';

/** Throws SourceError, or the signal's reason. */
export async function connectBuiltin(to: Destination, signal: AbortSignal | undefined): Promise<Connection> {
  const { default: ssh2 } = await import('ssh2');
  const way: Way = { ssh2, to, signal, clients: [] };
  try {
    const jumps = to.jump === undefined ? undefined : parseJumps(to.jump);
    const client = await reach(way, { host: to.host, user: to.user, port: to.port }, jumps, true);
    const uid = await whoAmI(client, to, signal);
    return {
      uid,
      run: (line, options) => runOnChannel(client, line, options),
      close: () => closeAll(way.clients),
    };
  } catch (error) {
    await closeAll(way.clients);
    throw error;
  }
}

interface Way {
  readonly ssh2: Ssh2;
  readonly to: Destination;
  readonly signal: AbortSignal | undefined;
  /** Every login made, the nearest first. */
  readonly clients: Client[];
}

/** `jumps`: on the command line's word; without it, the configuration's for that host. */
async function reach(way: Way, place: Jump, jumps: readonly Jump[] | undefined, last: boolean): Promise<Client> {
  const { ssh2, to, signal, clients } = way;
  if (clients.length > 8)
    throw new SourceError('SSH_JUMP', `The jumps to ${to.host} do not end; is a host its own ProxyJump?`);
  const settings = hostSettings({ ...place, jumps, files: configFiles(to) });
  safeHost(settings.hostname);
  const via = settings.jumps.at(-1);
  const before = settings.jumps.slice(0, -1);
  const socket =
    via === undefined
      ? await dial(settings, to, signal)
      : await through(await reach(way, via, before.length === 0 ? undefined : before, false), settings);
  const hop = { settings, to, named: last ? to.identities : [], via: via && printJumps([via]) };
  const client = await logIn(ssh2, socket, hop, signal);
  // A connection that breaks later is told by the command it breaks.
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function dial({ hostname, port }: HostSettings, to: Destination, signal: AbortSignal | undefined): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: hostname, port, noDelay: true });
  const give = (error: unknown) => {
    reject(error);
    socket.destroy();
  };
  const abort = () => give(signal?.reason);
  const timer = setTimeout(() => give(timedOut(hostname, to.connectTimeoutMs)), to.connectTimeoutMs);
  const failure = (error: NodeJS.ErrnoException) => give(dialError(`${hostname}:${port}`, error, to));
  socket.once('error', failure);
  socket.once('connect', () => {
    socket.off('error', failure);
    resolve(socket);
  });
  signal?.addEventListener('abort', abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  });
}

function dialError(where: string, error: NodeJS.ErrnoException, { connectTimeoutMs }: Destination): SourceError {
  switch (error.code) {
    case 'ECONNREFUSED':
      return refused(where, error);
    case 'ETIMEDOUT':
      return timedOut(where, connectTimeoutMs, error);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unresolved(where, error);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return unreachable(where, error);
    default:
      return failed(where, error.message, error);
  }
}

function through(jump: Client, { hostname, port }: HostSettings): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  jump.forwardOut('127.0.0.1', 0, hostname, port, (error, channel) => {
    if (error === undefined) resolve(channel);
    else
      reject(
        /refused/i.test(error.message)
          ? refused(`${hostname}:${port}`, error)
          : failed(`${hostname}:${port}`, error.message, error),
      );
  });
  return promise;
}

async function whoAmI(client: Client, to: Destination, signal: AbortSignal | undefined): Promise<number> {
  const options = { timeoutMs: to.connectTimeoutMs, ...(signal === undefined ? {} : { signal }) };
  const { stdout } = await runOnChannel(client, 'id -u', options);
  const uid = /^(\d+)\r?\n/m.exec(Buffer.from(stdout).toString('utf8'))?.[1];
  if (uid === undefined) throw failed(to.host, 'the login on the node does not tell its user (id -u)');
  return Number(uid);
}

async function closeAll(clients: readonly Client[]): Promise<void> {
  const [first] = clients;
  if (first === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  first.once('close', () => resolve());
  const timer = setTimeout(() => {
    first.destroy();
    resolve();
  }, 1000);
  for (const client of clients.toReversed()) client.end();
  await promise;
  clearTimeout(timer);
}
