// known_hosts as sshd(8) SSH_KNOWN_HOSTS FILE FORMAT describes it: plain and hashed names, lists, wildcards,
// negation, [host]:port, @revoked and @cert-authority.
import { createHash, createHmac } from 'node:crypto';

export interface KnownHost {
  readonly marker: '@revoked' | '@cert-authority' | undefined;
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** Lines that are not an entry are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    const marker = words[0] === '@revoked' || words[0] === '@cert-authority' ? words[0] : undefined;
    const [names, type, key] = marker === undefined ? words : words.slice(1);
    if (names === undefined || names.startsWith('#') || type === undefined || key === undefined) return [];
    return [{ marker, names, type, key: Buffer.from(key, 'base64'), file, line: index + 1 }];
  });
}

/** How known_hosts names a host: the port only where it is not 22. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

export function namesHost(entry: KnownHost, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(entry.names);
  if (hashed === null) return matchesList(name, entry.names.toLowerCase());
  const [, salt = '', digest = ''] = hashed;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

/** ssh_config(5) PATTERNS: a comma list with `*` and `?`; one that matches with `!` refuses the whole list. */
export function matchesList(text: string, list: string): boolean {
  let matched = false;
  for (const item of list.split(',')) {
    const negated = item.startsWith('!');
    if (!matchesPattern(text, negated ? item.slice(1) : item)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Linear in both, whatever the pattern: a run of `*` costs no more than one. */
export function matchesPattern(text: string, pattern: string): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** As ssh-keygen -l prints it. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key type a key blob names itself (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64));
}
