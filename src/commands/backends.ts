// `backends [TARGET...]`
import { backends } from '../analyses/backends.ts';
import { readTarget } from '../analyses/target.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { answer } from './run.ts';

export interface BackendsOptions extends InputOptions, OutputOptions {
  readonly allNamespaces?: boolean;
}

export function runBackends(io: Io, texts: readonly string[], options: BackendsOptions): Promise<number> {
  const targets = texts.map((text) => readTarget(text, options.namespace ?? 'default'));
  const within = options.allNamespaces === true ? undefined : options.namespace;
  return answer(io, options, (view, meta) => backends(view, { targets, namespace: within }, meta));
}
