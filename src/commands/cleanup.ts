// `cleanup`: debug pods that a killed run left behind, shown, and removed when told to.
import type { KubeFlags } from '../api/kube-flags.ts';
import type { Report } from '../report/report.ts';
import { findLeftovers, type Leftover, removeLeftover } from '../sources/cleanup.ts';
import type { Io } from './io.ts';
import { openCluster } from './live.ts';
import type { OutputOptions } from './options.ts';
import { printReport } from './print.ts';
import { version } from './version.ts';

export interface CleanupOptions extends KubeFlags, OutputOptions {
  readonly verbose?: boolean;
  readonly namespace?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
}

interface Row extends Leftover {
  readonly fate: 'removed' | 'left';
}

/** Throws SourceError where pods may not be listed or deleted. */
export async function runCleanup(io: Io, options: CleanupOptions): Promise<number> {
  const api = await openCluster(io, options);
  try {
    const run = io.interrupted === undefined ? {} : { signal: io.interrupted };
    const { pods, looked } = await findLeftovers(api, { namespace: options.namespace, ...run });
    const rows: Row[] = [];
    for (const pod of pods) {
      const goes = options.yes === true && (options.force === true || !pod.maybeInUse);
      if (goes) await removeLeftover(api, pod, run);
      rows.push({ ...pod, fate: goes ? 'removed' : 'left' });
    }
    await printReport(io, options, report(rows, looked, options));
    return 0;
  } finally {
    await api.close();
  }
}

function report(rows: readonly Row[], looked: string, options: CleanupOptions): Report {
  const table = {
    kind: 'table',
    columns: [
      { title: 'NAMESPACE' },
      { title: 'POD' },
      { title: 'NODE' },
      { title: 'PHASE' },
      { title: 'AGE', align: 'right' },
      { title: 'STARTED BY' },
      { title: 'NOW' },
    ],
    rows: rows.map(({ namespace, name, node, phase, ageSeconds, startedBy, maybeInUse, fate }) => [
      namespace,
      name,
      node,
      phase,
      age(ageSeconds),
      startedBy,
      fate === 'left' && maybeInUse ? 'left: may be in use' : fate,
    ]),
  } as const;
  return {
    kind: 'Cleanup',
    meta: { tool: version, notes: [] },
    data: { looked, pods: rows },
    findings: [],
    blocks: [...(rows.length === 0 ? [] : [table]), { kind: 'paragraph', text: sentence(rows, looked, options) }],
  };
}

function sentence(rows: readonly Row[], looked: string, { yes = false, force = false }: CleanupOptions): string {
  if (rows.length === 0) return `No debug pods of kubectl-proxyrules in ${looked}.`;
  const left = rows.filter(({ fate }) => fate === 'left');
  if (left.length === 0) return 'All removed.';
  if (!yes && left.some(({ maybeInUse }) => !maybeInUse)) {
    return 'kubectl proxyrules cleanup --yes removes those that no run can be using any more.';
  }
  return force
    ? 'kubectl proxyrules cleanup --yes --force removes them.'
    : 'Those that may be in use end by their own deadline; --yes --force removes them now.';
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
