// `backends [TARGET...]`
import { backends } from '../analyses/backends.ts';
import { mergeBackends } from '../analyses/merge-backends.ts';
import { readTarget } from '../analyses/target.ts';
import type { Io } from './io.ts';
import { answer, type Options } from './run.ts';

export type BackendsOptions = Options & { readonly allNamespaces?: boolean };

export function runBackends(io: Io, texts: readonly string[], options: BackendsOptions): Promise<number> {
  const targets = texts.map((text) => readTarget(text, options.namespace ?? 'default'));
  const within = options.allNamespaces === true ? undefined : options.namespace;
  return answer(io, options, {
    live: {
      wanted: {
        services: 'all',
        ...(targets.some(({ kind }) => kind === 'pod' || kind === 'address') && { pods: 'all' as const }),
      },
    },
    ask: (view, meta) => backends(view, { targets, namespace: within }, meta),
    merge: mergeBackends,
  });
}
