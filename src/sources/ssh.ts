// --source ssh: the node's own login, by the system's ssh or, where there is none, by ssh2.
import { SourceError } from '../errors.ts';
import type { Exec, NodeTarget, OpenNode, RunOptions, Source } from './source.ts';
import { connectBuiltin } from './ssh/builtin-client.ts';
import { commandLine } from './ssh/command-line.ts';
import type { Connection, Destination, Prompt } from './ssh/connection.ts';
import { type AddressKind, hostOf, safeUser } from './ssh/host-name.ts';
import { parseJumps, printJumps } from './ssh/jumps.ts';
import { readCommand } from './ssh/read-commands.ts';
import { readSudo, type SudoChoice } from './ssh/sudo.ts';
import { connectSystem, findSsh } from './ssh/system-client.ts';

export const sshClients = ['auto', 'system', 'builtin'] as const;
export type SshClient = (typeof sshClients)[number];
export { addressKinds } from './ssh/host-name.ts';
export { readCommands } from './ssh/read-commands.ts';
export { sudoChoices } from './ssh/sudo.ts';

export interface SshOptions {
  /** `auto` (the default): the system's where there is one on PATH. */
  readonly client?: SshClient | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identities?: readonly string[] | undefined;
  /** `[USER@]HOST[:PORT]`, several separated by commas. */
  readonly jump?: string | undefined;
  readonly knownHosts?: readonly string[] | undefined;
  /** Which of the Node's addresses; `internal` by default. */
  readonly address?: AddressKind | undefined;
  readonly sudo?: SudoChoice | undefined;
  /** For the way to the node and the login; 10 s by default. */
  readonly connectTimeoutMs?: number | undefined;
  /** How often a silent node is asked for a sign of life, in whole seconds; 5 s by default, three times. */
  readonly aliveEveryMs?: number | undefined;
  /** In place of `~/.ssh/config`. */
  readonly configFile?: string | undefined;
  /** PATH, SSH_AUTH_SOCK and the like; this program's own by default. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Given only where a person sits at a terminal: passphrases and codes are asked through it, and never kept. */
  readonly prompt?: Prompt | undefined;
}

/** `open` throws SourceError with a code that begins `SSH_`. */
export function sshSource(options: SshOptions): Source {
  return {
    name: 'ssh',
    async open(node: NodeTarget, { signal, timeoutMs }: RunOptions): Promise<OpenNode> {
      signal?.throwIfAborted();
      const to = destination(node, options, timeoutMs);
      const ssh = options.client === 'builtin' ? undefined : findSsh(to.env);
      if (ssh === undefined && options.client === 'system')
        throw new SourceError('SSH_NO_CLIENT', 'There is no ssh program on PATH.', {
          hint: 'Use --ssh-client builtin.',
        });
      const connection = ssh === undefined ? await connectBuiltin(to, signal) : await connectSystem(ssh, to, signal);
      const who = to.user === undefined ? to.host : `${to.user}@${to.host}`;
      return {
        exec: nodeExec(connection, options.sudo ?? 'auto', who),
        where: `ssh ${who}${to.port === undefined ? '' : `:${to.port}`} (${ssh ?? 'built-in client'})`,
        close: () => connection.close(),
      };
    },
  };
}

function destination(node: NodeTarget, options: SshOptions, timeoutMs: number | undefined): Destination {
  const { user, port, jump } = options;
  return {
    host: hostOf(node, options.address ?? 'internal'),
    user: user === undefined ? undefined : safeUser(user),
    port,
    identities: options.identities ?? [],
    jump: jump === undefined ? undefined : printJumps(parseJumps(jump)) || 'none',
    knownHosts: options.knownHosts ?? [],
    connectTimeoutMs: Math.min(options.connectTimeoutMs ?? 10_000, timeoutMs ?? Number.POSITIVE_INFINITY),
    aliveEveryMs: options.aliveEveryMs ?? 5_000,
    env: options.env ?? process.env,
    configFile: options.configFile,
    prompt: options.prompt,
  };
}

function nodeExec(connection: Connection, choice: SudoChoice, where: string): Exec {
  return {
    async run(argv, options = {}) {
      const { program, root } = readCommand(argv);
      const sudo = root && (choice === 'always' || (choice === 'auto' && connection.uid !== 0));
      const output = await connection.run(commandLine(argv, { sudo }), options);
      return sudo ? readSudo(output, program, where) : output;
    },
  };
}
