// Real sshd on loopback: its own ports, host keys, user keys and PATH, all in one temporary folder.
// Why it cannot run here, if it cannot, is in `missing`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((file) => existsSync(file));
export const isRoot = process.getuid?.() === 0;

export const missing: string | false = missingPart() ?? false;

function missingPart(): string | undefined {
  if (process.platform === 'win32') return 'no OpenSSH sshd on Windows here';
  if (sshd === undefined) return 'sshd is not installed (apt-get install openssh-server)';
  // What a root sshd wants to find, and a service start would have made: an empty folder in a file system in memory.
  if (isRoot && !existsSync('/run/sshd') && !makeFolder('/run/sshd')) return 'sshd as root needs the folder /run/sshd';
  return undefined;
}

function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

export interface Sshd {
  readonly port: number;
  readonly pid: number;
  log(): string;
  stop(): Promise<void>;
}

export interface Lab {
  readonly folder: string;
  readonly user: string;
  path(...parts: string[]): string;
  /** A new key pair; its private half's file. */
  key(name: string, passphrase?: string, type?: string): string;
  publicKey(name: string): string;
  write(name: string, text: string): string;
  /** An executable for the PATH of the sshds that name its folder. */
  command(folder: string, name: string, script: string): void;
  start(options: { hostKey: string; commands?: string; extra?: string }): Promise<Sshd>;
  /** Stops what was started, the last first, and removes the folder. */
  close(): Promise<void>;
  onClose(end: () => void | Promise<void>): void;
}

export function makeLab(): Lab {
  const folder = mkdtempSync(join(tmpdir(), 'kpr-ssh-'));
  // The login that is not root reads its keys and commands here.
  chmodSync(folder, 0o755);
  const path = (...parts: string[]) => join(folder, ...parts);
  const ends: (() => void | Promise<void>)[] = [() => rmSync(folder, { recursive: true, force: true })];
  return {
    folder,
    user: userInfo().username,
    path,
    key(name, passphrase = '', type = 'ed25519') {
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', path(name)]);
      return path(name);
    },
    publicKey: (name) =>
      readFileSync(path(`${name}.pub`), 'utf8')
        .split(' ')
        .slice(0, 2)
        .join(' '),
    write(name, text) {
      writeFileSync(path(name), text, { mode: 0o644 });
      return path(name);
    },
    command(place, name, script) {
      mkdirSync(path(place), { recursive: true });
      writeFileSync(path(place, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    async start(options) {
      const server = await startSshd(path, options);
      ends.push(server.stop);
      return server;
    },
    async close() {
      for (const end of ends.toReversed()) await end();
    },
    onClose: (end) => ends.push(end),
  };
}

async function startSshd(
  path: Lab['path'],
  { hostKey, commands = 'bin', extra = '' }: Parameters<Lab['start']>[0],
): Promise<Sshd> {
  const port = await freePort();
  const config = path(`sshd-${port}.conf`);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${path(hostKey)}`,
    `PidFile ${path(`sshd-${port}.pid`)}`,
    `AuthorizedKeysFile ${path('authorized_keys')}`,
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'AllowTcpForwarding yes',
    'MaxStartups 100',
    // Nor does anything of this user's shell start-up take part.
    `SetEnv PATH=${path(commands)}:/usr/bin:/bin HOME=${path()}`,
    extra,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn(sshd ?? 'sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
  });
  await until(() => /Server listening/.test(log) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`sshd did not start: ${log}`);
  return { port, pid: child.pid ?? 0, log: () => log, stop: () => stop(child) };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

export async function until(done: () => boolean, milliseconds = 10_000): Promise<void> {
  const start = performance.now();
  while (!done()) {
    if (performance.now() - start > milliseconds) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Wire {
  readonly port: number;
  /** Bytes from the far end so far. */
  seen(): number;
  /** Holds back everything from now on; the connection stays. */
  stall(): void;
  close(): Promise<void>;
}

/** A TCP relay in front of `target`; cut, where asked, after so many bytes from the far end. */
export async function relay(target: number, cutAfter = Number.POSITIVE_INFINITY): Promise<Wire> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let all = 0;
  const server = createServer((near) => {
    const far = dial(target, '127.0.0.1');
    let seen = 0;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.on('data', (chunk: Buffer) => {
        if (stalled) return;
        if (from === far) {
          seen += chunk.length;
          all += chunk.length;
        }
        if (seen > cutAfter) near.destroy();
        else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    seen: () => all,
    stall: () => {
      stalled = true;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
    },
  };
}
