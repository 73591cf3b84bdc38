// One command on an ssh2 channel. `exit` may come before the last data: only `close` ends it, and a connection that
// went away first, or an end that was never told, leaves the output broken.
import type { Client, ClientChannel } from 'ssh2';
import type { Output, RunOptions } from '../source.ts';
import { collect } from './collect.ts';
import { plainText } from './failures.ts';

/** Rejects with the signal's reason only; every other end is an Output. */
export function runOnChannel(client: Client, line: string, { signal, timeoutMs }: RunOptions): Promise<Output> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  let channel: ClientChannel | undefined;
  let read: { stdout(): Uint8Array; stderr(): string } = { stdout: () => new Uint8Array(), stderr: () => '' };
  let status: number | undefined;
  let lost: string | undefined;
  let over = false;
  const finish = (broken: string | undefined) =>
    resolve({
      status: broken === undefined ? status : undefined,
      stdout: read.stdout(),
      stderr: read.stderr(),
      broken,
    });
  const lose = (why: string) => {
    lost ??= `the SSH connection ended before the command did${why === '' ? '' : ` (${plainText(why)})`}`;
  };
  const onError = (error: Error) => lose(error.message);
  const onEnd = () => lose('');
  const onClose = () => {
    lose('');
    // A channel that is open tells its own end, after its last data.
    if (channel === undefined) finish(lost);
  };
  const stop = (reason: string) => {
    finish(reason);
    channel?.close();
  };
  const abort = () => {
    reject(signal?.reason);
    channel?.close();
  };
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => stop(`no end within ${timeoutMs / 1000} s`), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  client.on('error', onError).on('end', onEnd).on('close', onClose);
  try {
    client.exec(line, (error, opened) => {
      if (error !== undefined) {
        lose(error.message);
        finish(lost);
        return;
      }
      channel = opened;
      // Given up before it began.
      if (over) opened.close();
      const stdout = collect(opened);
      const stderr = collect(opened.stderr);
      read = { stdout: stdout.bytes, stderr: stderr.text };
      opened.on('exit', (code: number | null) => {
        status = code ?? undefined;
      });
      opened.on('close', () =>
        finish(lost ?? (status === undefined ? 'the command was cut: its exit status never came' : undefined)),
      );
      opened.end();
    });
  } catch (error) {
    lose(error instanceof Error ? error.message : '');
    finish(lost);
  }
  return promise.finally(() => {
    over = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    client.off('error', onError).off('end', onEnd).off('close', onClose);
  });
}
