// `drift [TARGET...]` and `status`
import { concludeDrift, concludeStatus, hasUnread } from '../analyses/drift/conclude-drift.ts';
import { type DriftReport, drift } from '../analyses/drift/drift.ts';
import { mergeDrift } from '../analyses/drift/merge-drift.ts';
import { mayPass, outlasting } from '../analyses/drift/outlast.ts';
import { readTarget } from '../analyses/target.ts';
import { UsageError } from '../errors.ts';
import type { Io } from './io.ts';
import { answer, type Options, type Question } from './run.ts';

export type DriftOptions = Options & {
  readonly allNamespaces?: boolean;
  /** Milliseconds; without, 10 s live and nothing for files. */
  readonly settle?: number;
};

export function runDrift(io: Io, texts: readonly string[], options: DriftOptions): Promise<number> {
  return answer(io, options, { ...question(texts, options), conclude: concludeDrift });
}

export function runStatus(io: Io, options: DriftOptions): Promise<number> {
  return answer(io, options, { ...question([], options), conclude: concludeStatus });
}

const usualSettle = 10_000;

function question(texts: readonly string[], options: DriftOptions): Question<DriftReport> {
  if (options.cluster === false) {
    throw new UsageError('NO_OBJECTS', 'there is nothing to compare the rules with', {
      hint: 'Leave --no-cluster out, or give --objects FILE',
    });
  }
  const targets = texts.map((text) => readTarget(text, options.namespace ?? 'default'));
  const namespace = options.allNamespaces === true ? undefined : options.namespace;
  const pods = targets.some(({ kind }) => kind === 'pod' || kind === 'address');
  return {
    live: { wanted: { services: 'all', ...(pods && { pods: 'all' as const }) }, beside: true },
    ask: (view, meta) => drift(view, { targets, namespace, verbose: options.verbose === true }, meta),
    merge: mergeDrift,
    leavesOpen: hasUnread,
    keepsUnread: true,
    second: { after: options.settle ?? usualSettle, isWanted: mayPass, outlasting },
  };
}
