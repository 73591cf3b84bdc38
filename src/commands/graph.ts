// `graph [TARGET]`
import { graph } from '../analyses/graph-report.ts';
import { readTarget } from '../analyses/target.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { answer } from './run.ts';

export function runGraph(io: Io, text: string | undefined, options: InputOptions & OutputOptions): Promise<number> {
  const target = text === undefined ? undefined : readTarget(text, options.namespace ?? 'default');
  return answer(io, options, (view, meta) => graph(view, text, target, meta));
}
