// Why a connection could not be made, said the same way by both clients.
import { SourceError } from '../../errors.ts';

export const refused = (where: string, cause?: unknown) =>
  new SourceError('SSH_REFUSED', `Nothing accepts SSH at ${where}: connection refused.`, {
    hint: 'Check --ssh-port and --ssh-address, and that sshd runs on the node.',
    cause,
  });

export const timedOut = (where: string, milliseconds: number, cause?: unknown) =>
  new SourceError('SSH_TIMEOUT', `${where} did not answer by SSH within ${milliseconds / 1000} s.`, {
    hint: 'Check that this machine may reach the node (--ssh-address, --ssh-jump), or allow more with --timeout.',
    cause,
  });

export const unresolved = (where: string, cause?: unknown) =>
  new SourceError('SSH_UNRESOLVED', `The name of ${where} cannot be resolved.`, {
    hint: 'Choose another of the Node’s addresses with --ssh-address, or name it in ~/.ssh/config.',
    cause,
  });

export const unreachable = (where: string, cause?: unknown) =>
  new SourceError('SSH_UNREACHABLE', `There is no route to ${where}.`, {
    hint: 'Choose another of the Node’s addresses with --ssh-address, or a jump host with --ssh-jump.',
    cause,
  });

/** `tried`: what was offered, in words; never a passphrase or key text. */
export const denied = (where: string, tried: string) =>
  new SourceError('SSH_AUTH_FAILED', `${where} accepts none of our keys (${tried}).`, {
    hint: 'Name a user and a key it accepts: --ssh-user USER --ssh-identity FILE, or load the key with ssh-add.',
  });

/** `reason`: the client's own words. */
export const failed = (where: string, reason: string, cause?: unknown) =>
  new SourceError('SSH_FAILED', `SSH to ${where} failed: ${plainText(reason) || 'no reason was told'}.`, {
    hint: `Try it by hand: ssh -v ${where}`,
    cause,
  });

/** What a far end says goes to a terminal: no control characters, one line, no end of its own. */
export function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .replace(/[.\s]+$/, '')
    .slice(0, 300);
}
