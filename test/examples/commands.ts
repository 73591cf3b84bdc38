// The plugin's command lines in a shell text, and whether the program has such a command.
import { CommanderError } from 'commander';
import { buildProgram } from '../../src/commands/program.ts';

/** Each as its words: `kubectl proxyrules ...` and `kubectl-proxyrules ...`, lines joined, quotes taken off. */
export function commandsIn(shell: string): readonly (readonly string[])[] {
  const lines = shell
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'));
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|[\s;&|(/])kubectl[ -]proxyrules ([^;&|)]*)/g)].map(([, words = '']) =>
      words
        .trim()
        .split(/\s+/)
        .map((word) => word.replace(/^"(.*)"$|^'(.*)'$/, '$1$2')),
    ),
  );
}

/** What the program says against it; `undefined` where it takes every word. Nothing is run. */
export function refusal(words: readonly string[]): string | undefined {
  let said = '';
  let reached = false;
  const silent = {
    stdout: () => {},
    stderr: () => {},
    stdin: async () => new Uint8Array(),
    env: {},
    isTerminal: false,
    width: undefined,
    root: '',
  };
  const program = buildProgram(silent, () => {});
  for (const command of [program, ...program.commands]) {
    const quiet = { writeErr: (text: string) => (said += text), writeOut: () => {} };
    command.configureOutput(quiet).exitOverride();
  }
  program.hook('preAction', () => {
    reached = true;
    throw new Reached();
  });
  try {
    program.parse(['node', 'kubectl-proxyrules', ...words]);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) reached = true;
    else if (!(error instanceof Reached) && said === '') said = String(error);
  }
  return reached ? undefined : said || 'it does nothing';
}

class Reached extends Error {}
