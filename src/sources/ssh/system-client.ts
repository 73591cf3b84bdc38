// The system's own ssh: it keeps the user's trust rules, jump hosts, certificates and security keys.
// One login per node: a first ssh holds the connection and the commands go through it (ssh_config(5) ControlPath).
// Its session reads our standard input, so it ends with this program, however that ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { collect } from './collect.ts';
import type { Connection, Destination } from './connection.ts';
import { failed, timedOut } from './failures.ts';
import { systemConfig } from './system-config.ts';
import { readFailure } from './system-log.ts';
import { runThroughSsh } from './system-run.ts';

/** The ssh on PATH, or `undefined`. */
export function findSsh({ PATH, Path }: Destination['env']): string | undefined {
  const name = process.platform === 'win32' ? 'ssh.exe' : 'ssh';
  const folders = (PATH ?? Path ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(runnable);
}

/** Throws SourceError. `share` is off where one connection cannot carry several commands. */
export async function connectSystem(
  ssh: string,
  to: Destination,
  signal: AbortSignal | undefined,
  share = process.platform !== 'win32',
): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'proxyrules-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const config = join(folder, 'config');
    writeFileSync(config, systemConfig(to), { mode: 0o600 });
    const socket = join(folder, 's');
    // A socket's path has room for about 100 bytes, and ssh adds 17 of its own while it makes it.
    const shared = share && Buffer.byteLength(socket) < 84;
    const settings = [...(shared ? ['-S', socket] : []), '-F', config, '-T', ...destinationFlags(to)];
    const { child, uid } = await login(ssh, ['-v', ...(shared ? ['-M'] : []), ...settings], to, shared, signal);
    return {
      uid,
      run: (line, options) => runThroughSsh({ ssh, settings, to, folder }, line, options),
      async close() {
        await end(child);
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function destinationFlags({ user, port, identities, jump }: Destination): string[] {
  return [
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...identities.flatMap((file) => ['-i', file.replaceAll('%', '%%')]),
    ...(jump === undefined ? [] : ['-J', jump]),
  ];
}

/** Logs in and learns who we are; the session then waits for the end of our standard input, where it is shared. */
function login(ssh: string, args: readonly string[], to: Destination, stay: boolean, signal: AbortSignal | undefined) {
  const { promise, resolve, reject } = Promise.withResolvers<{ child: ChildProcess; uid: number }>();
  const child = spawn(ssh, [...args, '--', to.host, stay ? 'id -u; exec cat' : 'id -u'], {
    env: to.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  const attempt = { where: to.host, timeoutMs: to.connectTimeoutMs, via: to.jump };
  const log = collect(child.stderr);
  const said = collect(child.stdout);
  const give = (error: unknown) => {
    reject(error);
    child.kill('SIGKILL');
  };
  const abort = () => give(signal?.reason);
  // Each hop has ConnectTimeout of its own; a person at the terminal is given time to answer.
  const limit = to.connectTimeoutMs * (to.prompt === undefined ? 1 : 12);
  const timer = setTimeout(() => give(timedOut(to.host, limit)), limit);
  const uid = () => /^(\d+)\r?\n/m.exec(said.text())?.[1];
  child.stdout.on('data', () => {
    const found = uid();
    if (found !== undefined && stay) resolve({ child, uid: Number(found) });
  });
  child.on('error', (cause) => reject(failed(to.host, 'the ssh program cannot be started', cause)));
  child.on('close', (status) => {
    const found = uid();
    if (status === 0 && found !== undefined) resolve({ child, uid: Number(found) });
    else if (status === 255) reject(readFailure(log.text(), attempt));
    else reject(failed(to.host, 'the login on the node does not tell its user (id -u)'));
  });
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('close', () => resolve());
  child.stdin?.end();
  const asked = setTimeout(() => child.kill('SIGTERM'), 1000);
  const forced = setTimeout(() => child.kill('SIGKILL'), 2000);
  await promise;
  clearTimeout(asked);
  clearTimeout(forced);
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
