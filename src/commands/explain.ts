// `explain TARGET`
import { explain } from '../analyses/explain.ts';
import { mergeExplain } from '../analyses/merge-explain.ts';
import { readTarget, type Target } from '../analyses/target.ts';
import type { Io } from './io.ts';
import type { LiveAsk } from './live.ts';
import { answer, type Options } from './run.ts';

export function runExplain(io: Io, text: string, options: Options): Promise<number> {
  const target = readTarget(text, options.namespace ?? 'default');
  return answer(io, options, {
    live: liveAsk(target),
    ask: (view, meta) => explain(view, text, target, meta),
    merge: (answers) => mergeExplain(text, answers),
  });
}

/** Only what the answer needs: an explanation of one Service does not list all pods of the cluster. */
export function liveAsk(target: Target): LiveAsk {
  switch (target.kind) {
    case 'service':
      return { wanted: { services: { namespace: target.namespace, name: target.name }, pods: 'selected' } };
    case 'pod':
      return { wanted: { services: { namespace: target.namespace }, pods: 'all' }, pod: target };
    case 'address':
      return { wanted: { services: 'all', pods: 'all' } };
    case 'node-port':
    case 'chain':
      return { wanted: { services: 'all' } };
    default:
      return target satisfies never;
  }
}
