// What the system's ssh says when it cannot connect (OpenSSH 7.6 to 10; sshconnect.c, sshconnect2.c, ssh.c), as errors.
import { readFileSync } from 'node:fs';
import type { SourceError } from '../../errors.ts';
import { denied, failed, plainText, refused, timedOut, unreachable, unresolved } from './failures.ts';
import { changedHostKey, revokedHostKey, type ShownKey, unknownHostKey } from './host-key-error.ts';
import { fingerprint, parseKnownHosts } from './known-hosts.ts';

export interface Attempt {
  readonly where: string;
  readonly timeoutMs: number;
  readonly via: string | undefined;
}

/** `log`: ssh's standard error with `-v`, the jump hosts' ssh included. */
export function readFailure(log: string, attempt: Attempt): SourceError {
  const { where, timeoutMs } = attempt;
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/.test(log))
    return hostKeyFailure(log, attempt) ?? failed(where, 'its host key is not trusted');
  const methods = /Permission denied \(([^)\n]*)\)/.exec(log)?.[1];
  if (methods !== undefined || /Too many authentication failures/.test(log))
    return denied(deniedHost(log) ?? where, triedKeys(log, methods ?? ''));
  if (/Connection refused/.test(log)) return refused(where);
  if (/timed out|Timeout, server .* not responding/.test(log)) return timedOut(where, timeoutMs);
  const name = /Could not resolve hostname ([^\s:]+)/.exec(log)?.[1];
  if (name !== undefined) return unresolved(plainText(name));
  if (/No route to host|Network is unreachable/.test(log)) return unreachable(where);
  return failed(where, lastWords(log));
}

/** Ssh's last line that is not about its own progress. */
export function lastWords(log: string): string {
  const lines = log
    .split('\n')
    .filter((line) => !/^debug\d: |^OpenSSH_|^Authenticated to |^Transferred: |^Bytes per second/.test(line.trim()));
  return plainText(lines.findLast((line) => line.trim() !== '') ?? '');
}

function hostKeyFailure(log: string, attempt: Attempt): SourceError | undefined {
  const named =
    /host key for (\S+) (?:is marked as revoked|has changed)/i.exec(log) ??
    /No \S+ host key is known for (\S+)/.exec(log);
  const host = plainText(named?.[1] ?? attempt.where);
  const shownKeys = [...log.slice(0, named?.index).matchAll(/Server host key: (\S+) (SHA256:\S+)/g)];
  const last = shownKeys.at(-1);
  const key: ShownKey = {
    host,
    port: Number(/\]:(\d+)$/.exec(host)?.[1] ?? 22),
    type: last?.[1] ?? '',
    fingerprint: last?.[2] ?? '',
    // The first hop is reached from here; only what lies behind it is not.
    via: shownKeys.length > 1 ? (attempt.via ?? configuredJump(log)) : undefined,
  };
  if (/REVOKED HOST KEY|is marked as revoked/.test(log)) return revokedHostKey(key);
  const offending = /Offending \S+ key in (.+):(\d+)/.exec(log);
  if (offending !== null) {
    const [, file = '', line = '0'] = offending;
    return changedHostKey(key, { fingerprint: fingerprintAt(file, Number(line)), file, line: Number(line) });
  }
  return /No \S+ host key is known for/.test(log) ? unknownHostKey(key) : undefined;
}

// "debug1: Setting implicit ProxyCommand from ProxyJump: ssh -F config -v -W '[%h]:%p' jump"
const configuredJump = (log: string) => /ProxyJump: ssh .* (\S+)$/m.exec(log)?.[1];

function fingerprintAt(file: string, line: number): string {
  try {
    const entry = parseKnownHosts(readFileSync(file, 'utf8'), file).find((known) => known.line === line);
    return entry === undefined ? '' : fingerprint(entry.key);
  } catch {
    return '';
  }
}

// "root@10.0.0.5: Permission denied (publickey)."
const deniedHost = (log: string) => /^([\w.@\\[\]:%-]+): Permission denied/m.exec(log)?.[1];

function triedKeys(log: string, methods: string): string {
  const offered = [...log.matchAll(/Offering public key: (\S+)/g)].map((match) => match[1] ?? '');
  const locked = /incorrect passphrase|error in libcrypto|passphrase supplied to decrypt/.test(log)
    ? '; a key needs its passphrase'
    : '';
  const keys = offered.length === 0 ? 'no key was offered' : `offered ${[...new Set(offered)].join(', ')}`;
  return plainText(`${keys}${locked}${methods === '' ? '' : `; it takes ${methods}`}`);
}
