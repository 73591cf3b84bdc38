// Credential plugins: a program that prints who we are. As client-go/plugin/pkg/client/auth/exec does (v0.32), which
// client-node does not: KUBERNETES_EXEC_INFO, provideClusterInfo, interactiveMode, installHint; and with a time limit.
import { spawn } from 'node:child_process';
import { ClusterError } from '../errors.ts';
import { elementsOf, type Fields, fieldsOf, textOf, textsOf } from './fields.ts';

export interface PluginCredential {
  readonly token: string | undefined;
  /** PEM. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds since 1970; `undefined`: as long as this process lives, or until it is refused. */
  readonly until: number | undefined;
}

export interface PluginWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: boolean;
  /** The cluster as the plugin may want to know it; given to it with provideClusterInfo. */
  readonly cluster: object;
  readonly timeoutMs?: number;
}

/** Runs the plugin. Throws ClusterError, which never holds what the plugin printed on its standard output. */
export async function runExecPlugin(exec: Fields, user: string, world: PluginWorld): Promise<PluginCredential> {
  const command = textOf(exec.command);
  const apiVersion = textOf(exec.apiVersion) ?? '';
  if (command === undefined) throw broken(user, 'names no command');
  if (!versions.includes(apiVersion))
    throw broken(user, `has apiVersion "${apiVersion}", which is none of ${versions.join(', ')}`);
  const mode = textOf(exec.interactiveMode) ?? (apiVersion === v1 ? undefined : 'IfAvailable');
  if (mode === undefined) throw broken(user, `has no interactiveMode, which ${v1} asks for`);
  if (mode === 'Always' && !world.terminal) {
    throw new ClusterError(
      'PLUGIN_NEEDS_TERMINAL',
      `The credential plugin ${command} must ask a person, and standard input is no terminal.`,
      {
        hint: `Run it on a terminal, or give a token: --token`,
      },
    );
  }
  const interactive = mode !== 'Never' && world.terminal;
  const spec = { ...(exec.provideClusterInfo === true ? { cluster: world.cluster } : {}), interactive };
  const env = {
    ...world.env,
    ...Object.fromEntries(
      elementsOf(exec.env)
        .map(fieldsOf)
        .map((it) => [String(it.name), String(it.value ?? '')]),
    ),
    KUBERNETES_EXEC_INFO: JSON.stringify({ kind: 'ExecCredential', apiVersion, spec }),
  };
  const timeoutMs = world.timeoutMs ?? (interactive ? 300_000 : 60_000);
  const { status, stdout, stderr } = await run(
    command,
    textsOf(exec.args),
    env,
    interactive,
    timeoutMs,
    textOf(exec.installHint),
  );
  if (status !== 0) throw failed(command, `exit status ${status}`, stderr);
  return readCredential(stdout, apiVersion, command);
}

const v1 = 'client.authentication.k8s.io/v1';
const versions = [v1, 'client.authentication.k8s.io/v1beta1'];

function broken(user: string, why: string): ClusterError {
  return new ClusterError('PLUGIN_CONFIG', `The credential plugin of user "${user}" ${why}.`, {
    hint: 'See it with: kubectl config view --minify',
  });
}

function failed(command: string, how: string, stderr: string): ClusterError {
  const said = stderr.trim().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
  const words = said === '' ? '' : `: ${said}`;
  return new ClusterError('PLUGIN_FAILED', `The credential plugin ${command} failed with ${how}${words}`, {
    hint: `Log in again with ${command.split(/[/\\]/).at(-1)}'s own command; kubectl get nodes fails the same way.`,
  });
}

interface Outcome {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  interactive: boolean,
  timeoutMs: number,
  installHint: string | undefined,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      err.push(chunk);
      if (interactive) process.stderr.write(chunk);
    });
    // The error of spawn holds the arguments, which may be secrets: only its code is told.
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const why = code === 'ENOENT' ? 'is not installed' : `cannot be run (${code})`;
      const hint = installHint ?? `Install ${command}, or put it on the PATH.`;
      reject(new ClusterError('PLUGIN_MISSING', `The credential plugin ${command} ${why}.`, { hint }));
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const stderr = Buffer.concat(err).toString();
      if (late) reject(failed(command, `no answer in ${timeoutMs / 1000} s`, stderr));
      else resolve({ status: status ?? signal ?? 'no status', stdout: Buffer.concat(out).toString(), stderr });
    });
  });
}

function readCredential(text: string, apiVersion: string, command: string): PluginCredential {
  const wrong = (what: string) =>
    new ClusterError('PLUGIN_ANSWER', `The credential plugin ${command} answered with ${what}.`, {
      hint: 'Its version may be too old or too new for this kubeconfig; update it.',
    });
  let answer: Fields;
  try {
    answer = fieldsOf(JSON.parse(text));
  } catch {
    throw wrong('something that is no JSON');
  }
  if (answer.kind !== 'ExecCredential') throw wrong('JSON that is no ExecCredential');
  if (answer.apiVersion !== apiVersion) throw wrong(`another apiVersion than ${apiVersion}`);
  const status = fieldsOf(answer.status);
  const token = textOf(status.token);
  const certificate = textOf(status.clientCertificateData);
  const key = textOf(status.clientKeyData);
  if ((certificate === undefined) !== (key === undefined)) throw wrong('a certificate or a key without the other');
  if (token === undefined && certificate === undefined) throw wrong('neither a token nor a certificate');
  const until = Date.parse(textOf(status.expirationTimestamp) ?? '');
  return { token, certificate, key, until: Number.isNaN(until) ? undefined : until };
}
