// `explain TARGET`
import { explain } from '../analyses/explain.ts';
import { readTarget } from '../analyses/target.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { answer } from './run.ts';

export function runExplain(io: Io, text: string, options: InputOptions & OutputOptions): Promise<number> {
  const target = readTarget(text, options.namespace ?? 'default');
  return answer(io, options, (view, meta) => explain(view, text, target, meta));
}
