// What a verb may not read of the API, weighed by what its answer rests on. The note that tells it is printed in any case.
import type { Forbidden, Wanted } from '../cluster/read.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { ClusterError } from '../errors.ts';

export interface Read {
  readonly wanted: Wanted;
  readonly forbidden: readonly Forbidden[];
  readonly snapshot: Pick<ClusterSnapshot, 'endpointSlices'>;
  /** Each node that is looked at was named, so that the list of nodes is not what chooses them. */
  readonly namedNodes: boolean;
}

/**
 * Whether the answer is incomplete for want of an object. Throws ClusterError where Services or EndpointSlices are
 * forbidden: beside rules alone, every backend would look stale and every Service gone.
 */
export function missesObjects({ wanted, forbidden, snapshot, namedNodes }: Read): boolean {
  const isForbidden = (resource: string) => forbidden.some((each) => each.resource === resource);
  const vital = forbidden.find(({ resource }) => vitals.includes(resource));
  if (vital !== undefined) {
    throw new ClusterError('OBJECTS_FORBIDDEN', vital.sentence.replace(/\.$/, ''), {
      hint: `${vital.canI}; the rules alone are explained by --rules FILE --no-cluster`,
    });
  }
  const endpoints = snapshot.endpointSlices.flatMap((slice) => slice.endpoints);
  const hinted = endpoints.some(({ zoneHints }) => zoneHints.length > 0);
  // Of a node that was named, its zone is missing, and its addresses where the question may be about one.
  const needsNodes = !namedNodes || hinted || wanted.pods === 'all';
  // Pods of one Service give backends their names, and tell why none is ready.
  const needsPods = wanted.pods === 'all' || !endpoints.some(({ ready }) => ready);
  return (needsNodes && isForbidden('nodes')) || (needsPods && isForbidden('pods'));
}

const vitals: readonly string[] = ['services', 'endpointslices.discovery.k8s.io'];
