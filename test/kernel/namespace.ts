// A network namespace of our own, so that real iptables can be run without touching the machine's rules.
import { spawnSync } from 'node:child_process';

export interface Outcome {
  /** `null` where the program is not there, or was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Namespace {
  /** What a command is put behind to run in it. */
  readonly prefix: readonly string[];
  run(argv: readonly string[], input?: string): Outcome;
  close(): void;
}

/** Why no namespace can be made here, or `undefined` where one can. */
export function whyNoNamespace(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root: cannot make a network namespace';
  try {
    openNamespace().close();
    return undefined;
  } catch (error) {
    return `cannot make a network namespace: ${String(error)}`;
  }
}

let opened = 0;

/** Throws where the machine refuses. Removed at `close`, and at the latest when the process ends. */
export function openNamespace(): Namespace {
  const name = `kpr-ext-${process.pid}-${opened++}`;
  const made = execute(['ip', 'netns', 'add', name]);
  if (made.status !== 0) throw new Error(`ip netns add: ${made.stderr}`);
  const close = () => {
    process.off('exit', close);
    execute(['ip', 'netns', 'delete', name]);
  };
  process.on('exit', close);
  const prefix = ['ip', 'netns', 'exec', name];
  return { prefix, close, run: (argv, input) => execute([...prefix, ...argv], input) };
}

// A signal ends the process without an `exit` event unless someone listens.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

function execute([program = '', ...argv]: readonly string[], input = ''): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, argv, { input, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout: stdout ?? '', stderr: error?.message ?? stderr };
}
