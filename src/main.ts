// argv in, exit code out; the one place where an error becomes text.
import { CommanderError } from 'commander';
import type { Io } from './commands/io.ts';
import { buildProgram } from './commands/program.ts';
import { ProxyrulesError } from './errors.ts';

/** Runs one command line, without the program's own name, and returns its exit code. Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
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
      io.stdout(program.helpInformation());
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explainFailure(error, io);
  }
}

/** For bin/: the process's own streams. `root` is the folder of the package. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const { stdout, stderr, stdin, env } = process;
  const quit = new Promise<number>((resolve) => {
    // A reader that went away (`| head`) is no failure.
    stdout.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EPIPE' ? 0 : 70));
  });
  const code = run(argv, {
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    stdin: async () => Buffer.concat(await stdin.toArray()),
    env,
    isTerminal: stdout.isTTY === true,
    width: stdout.isTTY === true ? stdout.columns : undefined,
    root,
  });
  return Promise.race([code, quit]);
}

function explainFailure(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    // commander has printed its sentence; it ends with 1, which is `findings` here.
    return error.exitCode === 0 ? 0 : 2;
  }
  if (isProxyrulesError(error)) {
    const hint = error.hint === undefined ? '' : `\n  ${visible(error.hint)}`;
    io.stderr(`error: ${visible(error.message)}${hint}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr(`this is a bug of kubectl-proxyrules, please report it with the input that made it:\n${visible(stack)}\n`);
  return 70;
}

/** By its brand: chunks of the bundle each have their own copy of the classes. */
function isProxyrulesError(error: unknown): error is ProxyrulesError {
  return (
    error instanceof ProxyrulesError ||
    (error instanceof Error && 'exitCode' in error && 'code' in error && 'hint' in error)
  );
}

/** Text of a file or a cluster in an error reaches a terminal, too. Newlines of a stack may stay. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
