// One hop of the built-in client: a stream to a host becomes a login there, its host key checked.
import type { Duplex } from 'node:stream';
import type { Client, ServerHostKeyAlgorithm } from 'ssh2';
import type { SourceError } from '../../errors.ts';
import type { Ssh2 } from './builtin-agent.ts';
import { hostKeyCheck } from './builtin-host-key.ts';
import { login } from './builtin-login.ts';
import { aliveMisses, type Destination, type Prompt } from './connection.ts';
import { denied, failed, timedOut } from './failures.ts';
import type { HostSettings } from './host-settings.ts';

export interface Hop {
  readonly settings: HostSettings;
  readonly to: Destination;
  /** Key files the user named for this run: for the last hop only, as ssh -i. */
  readonly named: readonly string[];
  /** The hop before, in words. */
  readonly via: string | undefined;
}

/** Throws SourceError, or the signal's reason. */
export function logIn(ssh2: Ssh2, socket: Duplex, hop: Hop, signal: AbortSignal | undefined): Promise<Client> {
  const { settings, to } = hop;
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const client = new ssh2.Client();
  const where = `${settings.user}@${settings.hostname}`;
  const clock = patience(to.connectTimeoutMs, () => give(timedOut(settings.hostname, to.connectTimeoutMs)));
  const { handler, tried } = login(ssh2, settings, to, hop.named, to.prompt && paused(to.prompt, clock));
  const check = hostKeyCheck(settings, to, hop.via);
  let refusal: SourceError | undefined;
  const give = (error: unknown) => {
    reject(error);
    client.destroy();
  };
  const abort = () => give(signal?.reason);
  client.on('error', (error) => {
    // The agent's troubles end one key, not the login.
    if (error.level === 'agent' || /^Error (?:while )?signing/.test(error.message)) return;
    const authentication =
      error.level === 'client-authentication' || /Too many authentication failures/.test(error.message);
    give(
      refusal ??
        (authentication ? denied(where, tried.join(', ') || 'no key was found') : failed(where, error.message, error)),
    );
  });
  client.on('close', () => give(failed(where, 'the connection was closed before the login was done')));
  client.once('handshake', () => watch(socket, to.aliveEveryMs));
  client.once('ready', () => resolve(client));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  client.connect({
    sock: socket,
    username: settings.user,
    readyTimeout: 0,
    keepaliveInterval: to.aliveEveryMs,
    // `watch` decides: ssh2 counts unanswered probes even while data is coming.
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: { serverHostKey: check.algorithms as ServerHostKeyAlgorithm[] },
    authHandler: handler,
    hostVerifier: (key: Buffer) => {
      refusal = check.refuse(key);
      return refusal === undefined;
    },
  });
  return promise.finally(() => {
    clock.stop();
    signal?.removeEventListener('abort', abort);
  });
}

/** Ends a stream that stays silent although it is asked for a sign of life. */
function watch(socket: Duplex, aliveEveryMs: number): void {
  let misses = 0;
  const timer = setInterval(() => {
    if (++misses > aliveMisses)
      socket.destroy(new Error(`no sign of life for ${(aliveEveryMs * aliveMisses) / 1000} s`));
  }, aliveEveryMs);
  socket.on('data', () => {
    misses = 0;
  });
  socket.once('close', () => clearInterval(timer));
}

interface Patience {
  pause(): void;
  start(): void;
  stop(): void;
}

function patience(milliseconds: number, end: () => void): Patience {
  let timer: NodeJS.Timeout | undefined;
  const pause = () => clearTimeout(timer);
  const start = () => {
    timer = setTimeout(end, milliseconds);
  };
  start();
  return { pause, start, stop: pause };
}

/** A person may take longer to answer than a host. */
function paused(prompt: Prompt, clock: Patience): Prompt {
  return async (text) => {
    clock.pause();
    try {
      return await prompt(text);
    } finally {
      clock.start();
    }
  };
}
