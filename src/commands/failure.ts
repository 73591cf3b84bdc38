// What an error becomes on standard error, and the exit code it has.
import { CommanderError } from 'commander';
import { ProxyrulesError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';

export function failure(error: unknown): { readonly text: string; readonly exitCode: number } {
  // commander has printed its sentence; it ends with 1, which means findings here.
  if (error instanceof CommanderError) return { text: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof ProxyrulesError) {
    const hint = error.hint === undefined ? '' : `\n  ${visible(error.hint)}`;
    return { text: `error: ${visible(error.message)}${hint}\n`, exitCode: error.exitCode };
  }
  if (error instanceof Error && error.name === 'AbortError') return { text: 'interrupted\n', exitCode: 130 };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = stack.split('\n').map(visible).join('\n');
  return {
    text: `this is a bug of kubectl-proxyrules: please report it with the command line and the input that made it\n${lines}\n`,
    exitCode: 70,
  };
}
