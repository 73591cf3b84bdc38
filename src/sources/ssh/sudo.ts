// What sudo says when it does not run the command, told apart from what the command says (sudo(8), sudo-rs).
import { SourceError } from '../../errors.ts';
import type { Output } from '../source.ts';

export const sudoChoices = ['auto', 'never', 'always'] as const;
export type SudoChoice = (typeof sudoChoices)[number];

/** A missing command becomes status 127, as without sudo. Throws SourceError SSH_SUDO_REFUSED. */
export function readSudo(output: Output, program: string, where: string): Output {
  if (output.status === 0 || output.status === undefined || output.stdout.length > 0) return output;
  const said = output.stderr.split('\n').filter((line) => !line.startsWith('sudo: unable to resolve host'));
  if (said.some((line) => /^sudo: .*(?:command not found|No such file or directory)/.test(line)))
    return { ...output, status: 127 };
  const refusal = said.find((line) =>
    /^sudo: |^sudo-rs: |is not in the sudoers file|^Sorry, user |env: .?sudo.?:/.test(line),
  );
  if (refusal === undefined) return output;
  const none = refusal.startsWith('env:');
  throw new SourceError(
    'SSH_SUDO_REFUSED',
    none
      ? `${where} is not root and has no sudo to run ${program} with.`
      : `sudo refuses to run ${program} for ${where} without a password (${refusal.trim()}).`,
    {
      hint: `Log in as root (--ssh-user root), or allow the read on the node with visudo: USER ALL=(root) NOPASSWD: /usr/sbin/${program}`,
    },
  );
}
