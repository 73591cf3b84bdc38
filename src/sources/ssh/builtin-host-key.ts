// ssh2 knows no known_hosts and trusts any key: here is what decides in its place, for each hop.
import { readFileSync } from 'node:fs';
import type { SourceError } from '../../errors.ts';
import type { Destination } from './connection.ts';
import { hostKeyAlgorithms, judgeHostKey, knownFingerprint } from './host-key.ts';
import { certifiedHost, changedHostKey, revokedHostKey, unknownHostKey } from './host-key-error.ts';
import type { HostSettings } from './host-settings.ts';
import { fingerprint, type KnownHost, keyType, knownName, parseKnownHosts } from './known-hosts.ts';
import { expandPath } from './tokens.ts';

export interface HostKeyCheck {
  readonly algorithms: readonly string[];
  /** `undefined` where the key is the known one. */
  refuse(key: Buffer): SourceError | undefined;
}

export function hostKeyCheck(settings: HostSettings, to: Destination, via: string | undefined): HostKeyCheck {
  const entries = knownHostsFiles(settings, to).flatMap(readEntries);
  const names =
    settings.hostKeyAlias === undefined
      ? { host: settings.hostname, port: settings.port }
      : { host: settings.hostKeyAlias, port: 22 };
  return {
    algorithms: hostKeyAlgorithms(entries, names),
    refuse(key) {
      const verdict = judgeHostKey(entries, names, key);
      const shown = {
        host: knownName(settings.hostname, settings.port),
        port: settings.port,
        type: keyType(key),
        fingerprint: fingerprint(key),
        via,
      };
      switch (verdict.kind) {
        case 'known':
          return undefined;
        case 'revoked':
          return revokedHostKey(shown);
        case 'changed':
          return changedHostKey(shown, { ...verdict.entry, fingerprint: knownFingerprint(verdict.entry) });
        case 'certificate':
          return certifiedHost(shown);
        case 'unknown':
          return unknownHostKey(shown);
        default:
          return verdict satisfies never;
      }
    },
  };
}

function knownHostsFiles(settings: HostSettings, to: Destination): string[] {
  const users =
    to.knownHosts.length > 0 ? to.knownHosts.map((file) => file.replaceAll('%', '%%')) : settings.userKnownHosts;
  return [...users, ...settings.globalKnownHosts]
    .filter((file) => file !== 'none')
    .map((file) => expandPath(file, settings, to.env));
}

function readEntries(file: string): KnownHost[] {
  try {
    return parseKnownHosts(readFileSync(file, 'utf8'), file);
  } catch {
    // A file that cannot be read makes nothing known: the key is then refused.
    return [];
  }
}
