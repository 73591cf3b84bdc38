// One command through the system's ssh. Its output counts once all three ends have come (`close`), and 255 is ssh's
// own word for a connection that failed: none of our commands ends so.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Output, RunOptions } from '../source.ts';
import { collect } from './collect.ts';
import type { Destination } from './connection.ts';
import { lastWords } from './system-log.ts';

export interface SshCall {
  readonly ssh: string;
  readonly settings: readonly string[];
  readonly to: Destination;
  /** For ssh's own log: what the command says on standard error stays apart from it. */
  readonly folder: string;
}

/** Rejects with the signal's reason only; every other end is an Output. */
export function runThroughSsh(call: SshCall, line: string, { signal, timeoutMs }: RunOptions): Promise<Output> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const logFile = join(call.folder, `${randomUUID()}.log`);
  const child = spawn(call.ssh, [...call.settings, '-E', logFile, '--', call.to.host, line], {
    env: call.to.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const finish = (status: number | null, broken?: string) => {
    const log = take(logFile);
    const cut = broken ?? (status === null || status === 255 ? connectionLost(log, stderr.text()) : undefined);
    resolve({
      status: cut === undefined ? (status ?? undefined) : undefined,
      stdout: stdout.bytes(),
      stderr: stderr.text(),
      broken: cut,
    });
  };
  const stop = (reason: string) => {
    finish(null, reason);
    child.kill('SIGKILL');
    // The ssh that holds the login writes to these itself, and would keep them open until the command ends.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const abort = () => {
    reject(signal?.reason);
    stop('interrupted');
  };
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => stop(`no end within ${timeoutMs / 1000} s`), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  child.on('error', (error) => finish(null, error.message));
  child.on('close', (status) => finish(status));
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  });
}

function connectionLost(log: string, stderr: string): string {
  const words = lastWords(log) || lastWords(stderr);
  return `the SSH connection ended before the command did${words === '' ? '' : ` (${words})`}`;
}

function take(logFile: string): string {
  try {
    const text = readFileSync(logFile, 'utf8');
    rmSync(logFile, { force: true });
    return text;
  } catch {
    return '';
  }
}
