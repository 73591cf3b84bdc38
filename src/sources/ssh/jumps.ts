// ssh_config(5) ProxyJump: `[user@]host[:port]` or `ssh://...`, several separated by commas, the nearest first.
import { SourceError } from '../../errors.ts';
import { safeHost, safeUser } from './host-name.ts';

export interface Jump {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** Throws SourceError SSH_JUMP, SSH_HOST_NAME or SSH_USER_NAME. */
export function parseJumps(text: string): Jump[] {
  return text === 'none' ? [] : text.split(',').map((hop) => parseJump(hop.trim()));
}

export function printJumps(jumps: readonly Jump[]): string {
  return jumps
    .map(({ host, user, port }) => `${user === undefined ? '' : `${user}@`}${hostPort(host, port)}`)
    .join(',');
}

function hostPort(host: string, port: number | undefined): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}

function parseJump(hop: string): Jump {
  const bare = hop.replace(/^ssh:\/\//, '').replace(/\/$/, '');
  const at = bare.lastIndexOf('@');
  const user = at < 0 ? undefined : safeUser(bare.slice(0, at));
  const place = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(bare.slice(at + 1));
  const host = place?.[1] ?? place?.[2];
  if (host === undefined)
    throw new SourceError('SSH_JUMP', `${JSON.stringify(hop)} is not a jump host.`, {
      hint: 'Write it as [USER@]HOST[:PORT]; an IPv6 address goes in brackets.',
    });
  return { host: safeHost(host), user, port: place?.[3] === undefined ? undefined : Number(place[3]) };
}
