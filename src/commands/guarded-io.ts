// Standard error of a GitHub Actions step is read for commands as standard output is.
import { withoutCommands } from '../renderers/workflow-command.ts';
import type { Io } from './io.ts';

/** Elsewhere the same. */
export function guardedIo(io: Io): Io {
  if (io.env.GITHUB_ACTIONS !== 'true') return io;
  return { ...io, stderr: (text) => io.stderr(withoutCommands(text, 'table')) };
}
