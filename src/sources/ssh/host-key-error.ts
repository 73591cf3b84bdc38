// A host key that is not trusted, said the same way by both clients. Nothing is ever added to known_hosts by us.
import { SourceError } from '../../errors.ts';

export interface ShownKey {
  /** The host, and its port where it is not 22: `[10.0.0.5]:2222`. */
  readonly host: string;
  readonly port: number;
  /** `ssh-ed25519`, or as ssh names it in its messages: `ED25519`. */
  readonly type: string;
  /** `SHA256:...`; empty where ssh did not tell. */
  readonly fingerprint: string;
  /** The hop it was seen through, where there is one. */
  readonly via: string | undefined;
}

export function unknownHostKey(key: ShownKey): SourceError {
  return new SourceError(
    'SSH_HOST_KEY_UNKNOWN',
    `No known_hosts file has the host key of ${shown(key)}; it is not trusted unseen.`,
    {
      hint: `Fetch it with \`${keyscan(key)} > node.key\`, see that \`ssh-keygen -lf node.key\` prints what \`ssh-keygen -lf /etc/ssh/ssh_host_${plainType(key.type)}_key.pub\` prints on the node itself, then add it: cat node.key >> ~/.ssh/known_hosts`,
    },
  );
}

export function changedHostKey(
  key: ShownKey,
  known: { readonly fingerprint: string; readonly file: string; readonly line: number },
): SourceError {
  return new SourceError(
    'SSH_HOST_KEY_CHANGED',
    `THE HOST KEY OF ${key.host} HAS CHANGED: it shows ${keyName(key)}, and ${known.file}:${known.line} has ${known.fingerprint || 'another'}; someone may be listening in, or the node was installed anew.`,
    {
      hint: `Ask who runs the node. Only when they confirm the new key, delete line ${known.line} of ${known.file} and add what \`${keyscan(key)}\` prints.`,
    },
  );
}

export function revokedHostKey(key: ShownKey): SourceError {
  return new SourceError(
    'SSH_HOST_KEY_REVOKED',
    `THE HOST KEY OF ${shown(key)} IS MARKED @revoked in known_hosts: it is not to be trusted.`,
    {
      hint: 'Ask who runs the node for its present host key; do not remove the @revoked line.',
    },
  );
}

export function certifiedHost(key: ShownKey): SourceError {
  return new SourceError(
    'SSH_HOST_CERTIFICATE',
    `known_hosts trusts ${key.host} by a certificate authority, which the built-in client cannot check.`,
    { hint: 'Use --ssh-client system.' },
  );
}

const keyName = ({ type, fingerprint }: ShownKey) =>
  `${plainType(type).toUpperCase()} ${fingerprint || '(fingerprint not told)'}`;
const shown = (key: ShownKey) => `${key.host} (${keyName(key)})`;

function keyscan({ host, port, type, via }: ShownKey): string {
  const bare = /^\[(.+)\]:\d+$/.exec(host)?.[1] ?? host;
  const scan = `ssh-keyscan -t ${plainType(type)}${port === 22 ? '' : ` -p ${port}`} ${bare}`;
  return via === undefined ? scan : `ssh ${via} ${scan}`;
}

/** `ssh-ed25519`, `ED25519` and `ecdsa-sha2-nistp256` as ssh-keyscan and the key files call them. */
function plainType(type: string): string {
  return /ed25519|ecdsa|rsa/i.exec(type)?.[0].toLowerCase() ?? 'ed25519';
}
