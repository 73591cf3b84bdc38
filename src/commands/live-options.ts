// The flags of verbs that read a live cluster: which nodes, how the text leaves them, and how the API server is reached.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { KubeFlags } from '../api/kube-flags.ts';
import { sourceChoices } from '../sources/names.ts';

export interface LiveOptions extends Omit<KubeFlags, 'cluster'> {
  readonly node?: readonly string[];
  readonly allNodes?: boolean;
  readonly selector?: string;
  readonly source: string;
  readonly debugImage?: string;
  readonly debugNamespace?: string;
  readonly keep?: boolean;
  readonly sshClient?: 'auto' | 'system' | 'builtin';
  readonly sshUser?: string;
  readonly sshPort?: number;
  readonly sshIdentity?: readonly string[];
  readonly sshJump?: string;
  readonly sshKnownHosts?: readonly string[];
  readonly sshAddress?: 'internal' | 'external' | 'hostname' | 'name';
  readonly sudo?: 'auto' | 'never' | 'always';
  readonly concurrency: number;
  readonly timeout: number;
  readonly verbose?: boolean;
}

export function withKubeFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the kubeconfig to use, as with kubectl')
    .option('--context <name>', 'its context')
    .option('--cluster <name>', 'its cluster')
    .option('--user <name>', 'its user')
    .option('-s, --server <url>', 'address of the API server')
    .option('--token <token>', 'bearer token')
    .option('--certificate-authority <file>', 'certificate authority of the API server')
    .option('--client-certificate <file>', 'client certificate')
    .option('--client-key <file>', 'its key')
    .option('--insecure-skip-tls-verify', "do not check the API server's certificate")
    .option('--tls-server-name <name>', "name to expect in the API server's certificate")
    .option('--as <user>', 'user to impersonate')
    .addOption(repeated('--as-group <group>', 'group to impersonate; may be repeated'))
    .option('--as-uid <uid>', 'UID to impersonate')
    .option('--request-timeout <duration>', 'longest wait for one answer of the API server')
    .option('-v, --verbose', 'tell on standard error what is asked of whom');
}

export function withLive(command: Command): Command {
  return withKubeFlags(command)
    .addOption(repeated('--node <name>', 'a node to look at; may be repeated'))
    .option('--all-nodes', 'look at every node')
    .option('-l, --selector <labels>', 'look at the nodes with these labels')
    .addOption(new Option('--concurrency <n>', 'nodes read at once').argParser(wholeNumber).default(8))
    .addOption(
      new Option('--source <how>', 'how to get the rules from the node').choices(sourceChoices).default('auto'),
    )
    .option('--debug-image <image>', "image of the debug pod (default: kube-proxy's own)")
    .option('--debug-namespace <name>', 'namespace of the debug pod (default: kube-system)')
    .option('--keep', 'leave the debug pod until its deadline ends it')
    .addOption(new Option('--ssh-client <client>', 'ssh program to use').choices(['auto', 'system', 'builtin']))
    .option('--ssh-user <name>', 'user to log in as')
    .addOption(new Option('--ssh-port <port>', "port of the node's sshd").argParser(wholeNumber))
    .addOption(repeated('--ssh-identity <file>', 'private key; may be repeated'))
    .option('--ssh-jump <hosts>', 'jump hosts: [USER@]HOST[:PORT], several with commas')
    .addOption(repeated('--ssh-known-hosts <file>', 'known_hosts to go by; may be repeated'))
    .addOption(
      new Option('--ssh-address <kind>', "which of the node's addresses to dial").choices([
        'internal',
        'external',
        'hostname',
        'name',
      ]),
    )
    .addOption(new Option('--sudo <when>', 'sudo -n on the node').choices(['auto', 'never', 'always']))
    .addOption(
      new Option('--timeout <duration>', 'longest time for one node').argParser(readDuration).default(240_000, '4m'),
    );
}

/** For verbs that look twice. */
export function withSettle(command: Command): Command {
  return command.addOption(
    new Option(
      '--settle <duration>',
      'how long a difference must last: 0 for one look only (default: 10s live, 0 for files)',
    ).argParser((text: string) => (/^0(?:ms|s|m|h)?$/.test(text) ? 0 : readDuration(text))),
  );
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] = []) => [
    ...before,
    value,
  ]);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && number < 65536) return number;
  throw new InvalidArgumentError('It takes a whole number from 1 to 65535.');
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `2m`, `500ms`, or seconds; in milliseconds. */
export function readDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const duration = Number(number) * (units[unit] ?? Number.NaN);
  if (duration > 0 && duration <= 86_400_000) return duration;
  throw new InvalidArgumentError('A duration looks like 90s, 2m or 500ms.');
}
