// Whether a host key is the one known_hosts has. As OpenSSH decides it with StrictHostKeyChecking=yes
// (sshconnect.c check_host_key): a host on another port may also be known by its bare name.
import { fingerprint, type KnownHost, keyType, knownName, namesHost } from './known-hosts.ts';

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }
  | { readonly kind: 'changed'; readonly entry: KnownHost }
  | { readonly kind: 'certificate'; readonly entry: KnownHost }
  | { readonly kind: 'unknown' };

export interface HostNames {
  /** HostKeyAlias where there is one, else the resolved host name. */
  readonly host: string;
  /** 22 with a HostKeyAlias. */
  readonly port: number;
}

export function judgeHostKey(entries: readonly KnownHost[], { host, port }: HostNames, key: Buffer): HostKeyVerdict {
  const byName = (name: string) => entries.filter((entry) => namesHost(entry, name));
  const exact = byName(knownName(host, port));
  const bare = port === 22 ? [] : byName(knownName(host, 22));
  const revoked = [...exact, ...bare].find((e) => e.marker === '@revoked' && e.key.equals(key));
  if (revoked !== undefined) return { kind: 'revoked', entry: revoked };
  const plain = exact.filter((entry) => entry.marker === undefined);
  if (plain.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  const changed = plain.find((entry) => entry.type === keyType(key));
  if (changed !== undefined) return { kind: 'changed', entry: changed };
  if (plain.length === 0 && bare.some((e) => e.marker === undefined && e.key.equals(key))) return { kind: 'known' };
  const authority = [...exact, ...bare].find((entry) => entry.marker === '@cert-authority');
  return authority === undefined ? { kind: 'unknown' } : { kind: 'certificate', entry: authority };
}

/** Algorithms to offer: those of known keys first, so that a host with several keys shows one we know. */
export function hostKeyAlgorithms(entries: readonly KnownHost[], { host, port }: HostNames): string[] {
  const names = [knownName(host, port), knownName(host, 22)];
  const types = new Set(
    entries.filter((e) => e.marker === undefined && names.some((name) => namesHost(e, name))).map(({ type }) => type),
  );
  const known = (algorithm: string) => types.has(algorithm.startsWith('rsa-sha2') ? 'ssh-rsa' : algorithm);
  return [...supported.filter(known), ...supported.filter((algorithm) => !known(algorithm))];
}

// What ssh2 has, without ssh-rsa: that is SHA-1, which OpenSSH no longer accepts either.
const supported = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

export const knownFingerprint = (entry: KnownHost): string => fingerprint(entry.key);
