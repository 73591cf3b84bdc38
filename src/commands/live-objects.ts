// The API's objects alone, for rules that were saved: `--rules` without `--objects`.
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { readCluster } from '../cluster/read.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { ClusterError } from '../errors.ts';
import type { Io } from './io.ts';
import { type LiveAsk, openCluster } from './live.ts';
import type { LiveOptions } from './live-options.ts';
import { missesObjects } from './missed-objects.ts';

export async function openLiveObjects(
  io: Io,
  options: LiveOptions & { readonly cluster?: string | false },
  { wanted }: LiveAsk,
): Promise<{ readonly snapshot: ClusterSnapshot; readonly misses: boolean; readonly notes: readonly string[] }> {
  const api = await openCluster(io, options).catch(elseFiles);
  try {
    const { objects, forbidden } = await readCluster(
      api,
      { ...wanted, nodes: 'all' },
      io.interrupted === undefined ? {} : { signal: io.interrupted },
    );
    const notes = [
      `the objects are those of ${api.url} now, the rules are as old as their file`,
      ...forbidden.map(({ sentence, canI }) => `${sentence}: ${canI}`),
    ];
    const snapshot = snapshotFromObjects(objects);
    return { snapshot, misses: missesObjects({ wanted, forbidden, snapshot, namedNodes: false }), notes };
  } finally {
    await api.close();
  }
}

function elseFiles(error: unknown): never {
  if (!(error instanceof ClusterError)) throw error;
  throw new ClusterError(error.code, error.message, {
    cause: error,
    hint: 'Give --objects FILE beside --rules, or --no-cluster to explain from the rules alone',
  });
}
