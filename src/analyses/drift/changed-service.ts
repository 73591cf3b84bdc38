// The differences of one Service together, and when the API's objects behind them were last changed.
import type { EndpointSlice, ObjectMeta, Service } from '../../cluster/snapshot.ts';
import type { Difference } from '../../proxiers/difference.ts';
import { type ServicePortName, servicePortKey } from '../../proxiers/service-ports.ts';
import type { ClusterView } from '../node-view.ts';

export interface ChangedService {
  readonly namespace: string;
  readonly name: string;
  /** The service ports that differ, in either family. */
  readonly ports: readonly ServicePortName[];
  /** `undefined` where the API has it no more, or was not asked for it. */
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
  readonly differences: readonly Difference[];
  /** A change no later than which the rules went out of date, as far as a time is known. */
  readonly changed: Change | undefined;
}

/** One change of an object with its time: RFC 3339 as the API wrote it. */
export interface Change {
  readonly time: string;
  /** `Service shop/fresh was created`. */
  readonly what: string;
}

/** Sorted by namespace and name. Differences that are of no Service are not in it. */
export function changedServices(differences: readonly Difference[], cluster: ClusterView): readonly ChangedService[] {
  const named = differences.flatMap((difference) => {
    const { owner } = difference;
    return owner === undefined || owner.kind === 'nameless' ? [] : [{ difference, name: owner.name }];
  });
  const groups = Map.groupBy(named, ({ name }) => `${name.namespace}/${name.name}`);
  return [...groups].sort(byKey).flatMap(([key, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const { namespace, name } = first.name;
    const service = cluster.index.services.get(key);
    const slices = cluster.index.slices.get(key) ?? [];
    const own = group.map(({ difference }) => difference);
    const ports = new Map(group.map((each) => [servicePortKey(each.name), each.name]));
    return [
      {
        namespace,
        name,
        ports: [...ports].sort(byKey).map(([, port]) => port),
        service,
        slices,
        differences: own,
        changed: changeOf(service, slices, own),
      },
    ];
  });
}

/**
 * What the rules lack happened no later than this: creations are certain, and of later changes only the slice controller
 * leaves a time. `undefined` for a Service that is gone, and where nothing was made after it.
 */
function changeOf(
  service: Service | undefined,
  slices: readonly EndpointSlice[],
  differences: readonly Difference[],
): Change | undefined {
  if (service === undefined) return undefined;
  const absent = differences.some(({ role }) => role === 'entry') && differences.every(isMissing);
  const made = service.created === undefined ? Number.NaN : Date.parse(service.created);
  return latest([
    ...(absent ? creation('Service', service) : []),
    ...slices.flatMap((slice) => [
      // Slices made with their Service say nothing more than it does.
      ...creation('EndpointSlice', slice).filter(({ time }) => absent || Date.parse(time) - made > together),
      ...triggered(slice),
    ]),
  ]);
}

/** In milliseconds; the API's times are whole seconds. */
const together = 2000;

function isMissing({ lines }: Difference): boolean {
  return lines.every(({ sign }) => sign === '-');
}

/** What is certainly in the rules of a Service that agrees: it, and each of its slices as it was last changed. */
export function presentChanges(service: Service, slices: readonly EndpointSlice[]): readonly Change[] {
  return [
    ...creation('Service', service),
    ...slices.flatMap((slice) => {
      const changes = triggered(slice);
      return changes.length > 0 ? changes : creation('EndpointSlice', slice);
    }),
  ];
}

function creation(kind: string, { namespace, name, created }: ObjectMeta): readonly Change[] {
  if (created === undefined || Number.isNaN(Date.parse(created))) return [];
  return [{ time: created, what: `${kind} ${namespace}/${name} was created` }];
}

/** The controller's own note of when the pod changed that made it write the slice. */
function triggered({ namespace, name, annotations }: EndpointSlice): readonly Change[] {
  const time = annotations['endpoints.kubernetes.io/last-change-trigger-time'];
  if (time === undefined || Number.isNaN(Date.parse(time))) return [];
  return [{ time, what: `EndpointSlice ${namespace}/${name} was changed` }];
}

function latest(changes: readonly Change[]): Change | undefined {
  return [...changes].sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0];
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
