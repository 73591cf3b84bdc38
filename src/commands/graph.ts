// `graph [TARGET]`
import { graph } from '../analyses/graph-report.ts';
import { mergeGraph } from '../analyses/merge-graph.ts';
import { readTarget } from '../analyses/target.ts';
import { liveAsk } from './explain.ts';
import type { Io } from './io.ts';
import { answer, type Options } from './run.ts';

export function runGraph(io: Io, text: string | undefined, options: Options): Promise<number> {
  const target = text === undefined ? undefined : readTarget(text, options.namespace ?? 'default');
  return answer(io, options, {
    live: target === undefined ? { wanted: { services: 'all' } } : liveAsk(target),
    ask: (view, meta) => graph(view, text, target, meta),
    merge: (answers) => mergeGraph(text, answers),
  });
}
