// argv in, exit code out; the one place where an error becomes text.
import { failure } from './commands/failure.ts';
import { guardedIo } from './commands/guarded-io.ts';
import type { Io } from './commands/io.ts';
import { buildProgram } from './commands/program.ts';

/** Runs one command line, without the program's own name, and returns its exit code. Never throws. */
export async function run(argv: readonly string[], outside: Io): Promise<number> {
  const io = guardedIo(outside);
  let exitCode = 0;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.width ?? 100,
      getErrHelpWidth: () => io.width ?? 100,
    });
  }
  try {
    if (argv[0] === '__complete') {
      const { complete } = await import('./commands/complete.ts');
      io.stdout(complete(program, argv.slice(1)));
      return 0;
    }
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    const { text, exitCode: failed } = failure(error);
    io.stderr(text);
    return failed;
  }
}

/** For bin/: the process's own streams. `root` is the folder of the package. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  // Standard input and error are made when they are touched: that costs a start-up some milliseconds.
  const { stdout, env } = process;
  const interruption = new AbortController();
  const quit = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // Whatever was made on the cluster is removed while this unwinds; a second signal does not wait.
        if (interruption.signal.aborted) resolve(130);
        interruption.abort();
      });
    }
    // A reader that went away (`| head`) is no failure.
    stdout.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EPIPE' ? 0 : 70));
  });
  const code = run(argv, {
    stdout: (text) => stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stdin: async () => Buffer.concat(await process.stdin.toArray()),
    env,
    isTerminal: stdout.isTTY === true,
    width: stdout.isTTY === true ? stdout.columns : undefined,
    get isErrorTerminal() {
      return process.stderr.isTTY === true;
    },
    interrupted: interruption.signal,
    root,
  });
  return Promise.race([code, quit]);
}
