// One fake for every test of what is asked of a node: it answers by a script and remembers what it was asked.
import type { OpenedNode } from '../../src/sources/capture-with.ts';
import type { Exec, Output, RunOptions, Source } from '../../src/sources/source.ts';

export type Reply = Partial<Omit<Output, 'stdout'>> & { readonly stdout?: string | Uint8Array };
export type Script = Readonly<Record<string, Reply | readonly Reply[] | Error | undefined>>;

export interface ScriptedExec extends Exec {
  /** Command lines in the order in which they came. */
  readonly asked: readonly string[];
  readonly options: readonly (RunOptions | undefined)[];
}

/**
 * By command line, else by program: a list answers one after the other, the last for ever. What the script does not
 * have is not there.
 */
export function scriptedExec(script: Script): ScriptedExec {
  const asked: string[] = [];
  const options: (RunOptions | undefined)[] = [];
  const times = new Map<string, number>();
  return {
    asked,
    options,
    run: async (argv, given) => {
      const line = argv.join(' ');
      asked.push(line);
      options.push(given);
      const key = line in script ? line : (argv[0] ?? '');
      const entry = script[key];
      if (entry instanceof Error) throw entry;
      const turn = times.get(key) ?? 0;
      times.set(key, turn + 1);
      const reply = isList(entry) ? entry[Math.min(turn, entry.length - 1)] : entry;
      return outputOf(reply ?? { status: 127, stderr: `${argv[0]}: not found` });
    },
  };
}

function isList(entry: Reply | readonly Reply[] | undefined): entry is readonly Reply[] {
  return Array.isArray(entry);
}

export function outputOf(reply: Reply): Output {
  const { stdout = '', stderr = '', broken } = reply;
  return {
    status: 'status' in reply ? reply.status : 0,
    stdout: typeof stdout === 'string' ? new TextEncoder().encode(stdout) : stdout,
    stderr,
    broken,
  };
}

export interface ScriptedNode extends OpenedNode {
  readonly exec: ScriptedExec;
  readonly closed: () => number;
}

export function scriptedNode(script: Script, more: Partial<OpenedNode> = {}): ScriptedNode {
  let closed = 0;
  const close = async () => {
    closed++;
  };
  return { where: 'a scripted node', close, closed: () => closed, ...more, exec: scriptedExec(script) };
}

/** A source whose opening is scripted, too. */
export function scriptedSource(name: Source['name'], open: () => OpenedNode): Source {
  return { name, open: async () => open() };
}

export const target = { name: 'node-a', addresses: [], kubeletVersion: 'v1.36.1' };
