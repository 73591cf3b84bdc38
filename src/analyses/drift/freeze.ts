// Whether a node's rules stand still: everything that changed after some moment is missing, and everything from before is
// there. Then kube-proxy stopped writing, and the Services are not each at fault.
import type { EndpointSlice, Service } from '../../cluster/snapshot.ts';
import type { Difference } from '../../proxiers/difference.ts';
import type { ClusterView } from '../node-view.ts';
import { type Change, type ChangedService, presentChanges } from './changed-service.ts';

export interface Freeze {
  /** The first change that the rules lack; `undefined` where no object tells its time. */
  readonly missing: Change | undefined;
  /** The newest that is in the rules. */
  readonly present: Change | undefined;
}

/**
 * Each table of a restore commits on its own, filter before nat. A Service that filter knows to have endpoints again, or
 * to have none any more, while nat still has it as before: then filter was written later than nat, and nat was refused.
 */
export function isRestoreFailing(changed: readonly ChangedService[], differences: readonly Difference[]): boolean {
  if (differences.some(({ table }) => table !== 'nat')) return false;
  return changed.some(({ service, differences: own }) => {
    if (service === undefined) return false;
    const of = (role: Difference['role'], kind: Difference['kind']) =>
      own.some((each) => each.role === role && each.kind === kind);
    // A new Service leaves no trace in filter.
    const isOld = own.some(({ owner }) => owner?.kind === 'known') && !isNew(changed, service);
    return of('entry', 'extra') || (isOld && of('entry', 'missing') && of('balance', 'missing'));
  });
}

/** No older Service differs: it may be the change that is missing. */
function isNew(changed: readonly ChangedService[], service: Service): boolean {
  const created = Date.parse(service.created ?? '');
  const first = Math.min(
    ...changed.map((each) => Date.parse(each.changed?.time ?? '')).filter((time) => !Number.isNaN(time)),
  );
  return Number.isNaN(created) || created >= first;
}

/** One Service alone is a lost update, no pattern. */
const fewest = 2;

/** `undefined` where the differences do not follow time, or where too little is known of it. */
export function freezeOf(changed: readonly ChangedService[], cluster: ClusterView): Freeze | undefined {
  if (changed.length < fewest) return undefined;
  const settled = agreeing(changed, cluster);
  const present = newestOf(settled.flatMap((service) => presentChanges(service, slicesOf(cluster, service))));
  const isBefore = ({ time }: Change) => present !== undefined && Date.parse(time) < Date.parse(present.time);
  // What a deleted slice took along has no time: what is left of the Service may be older.
  const timed = changed.filter(
    (each) => each.changed !== undefined && !(mayHaveLostSlice(each) && isBefore(each.changed)),
  );
  const [missing] = timed.flatMap((service) => service.changed ?? []).sort(byTime);
  if (missing !== undefined && isBefore(missing)) return undefined;
  const order = versionOrder(changed, settled, cluster);
  // The API's times are whole seconds: within one, they tell no order.
  const byClock =
    missing !== undefined && timed.length >= fewest && (present === undefined || isAfter(missing, present));
  return order === 'after' || (byClock && order !== 'mixed') ? { missing, present } : undefined;
}

function isAfter(a: Change, b: Change): boolean {
  return Date.parse(a.time) > Date.parse(b.time);
}

/** Services that have rules, and those they should have. A headless one has none and tells nothing. */
function agreeing(changed: readonly ChangedService[], { snapshot, ports }: ClusterView): readonly Service[] {
  const differing = new Set(changed.map(({ namespace, name }) => `${namespace}/${name}`));
  const ruled = new Set(ports.map(({ name }) => `${name.namespace}/${name.name}`));
  return snapshot.services.filter(({ namespace, name }) => {
    const key = `${namespace}/${name}`;
    return ruled.has(key) && !differing.has(key);
  });
}

/** No backend and no way in is missing: all that the rules have too much may have been in a slice that is gone. */
function mayHaveLostSlice({ differences }: ChangedService): boolean {
  return differences.every(
    ({ role, lines }) => (role !== 'backend' && role !== 'entry') || lines.every(({ sign }) => sign !== '-'),
  );
}

/**
 * resourceVersions grow with every write to the API. `after`: all that differ were written after all that agree. `mixed`:
 * one that differs is older than most that agree, so that it was in the rules once and no standstill explains it. Else
 * nothing: a write to what agrees may have changed nothing that rules depend on.
 */
function versionOrder(
  changed: readonly ChangedService[],
  settled: readonly Service[],
  cluster: ClusterView,
): 'after' | 'mixed' | undefined {
  const agreed = settled
    .flatMap((service) => newestVersion([service, ...slicesOf(cluster, service)]) ?? [])
    .sort((a, b) => (a < b ? -1 : Number(a > b)));
  const [newest, middle] = [agreed.at(-1), agreed[agreed.length >> 1]];
  if (newest === undefined || middle === undefined) return undefined;
  const differing = changed.flatMap((each) => {
    const own = newestVersion([...(each.service ? [each.service] : []), ...each.slices]);
    return own === undefined || (own < newest && mayHaveLostSlice(each)) ? [] : [own];
  });
  if (differing.some((each) => each < middle)) return 'mixed';
  return differing.length >= fewest && differing.every((each) => each > newest) ? 'after' : undefined;
}

function newestVersion(objects: readonly (Service | EndpointSlice)[]): bigint | undefined {
  return objects
    .flatMap(({ resourceVersion }) =>
      resourceVersion !== undefined && /^[1-9]\d*$/.test(resourceVersion) ? [BigInt(resourceVersion)] : [],
    )
    .reduce<bigint | undefined>((newest, each) => (newest === undefined || each > newest ? each : newest), undefined);
}

function slicesOf({ index }: ClusterView, { namespace, name }: Service): readonly EndpointSlice[] {
  return index.slices.get(`${namespace}/${name}`) ?? [];
}

/** The last that `byTime` would give. */
function newestOf(changes: readonly Change[]): Change | undefined {
  let newest: Change | undefined;
  let latest = Number.NaN;
  for (const change of changes) {
    const time = Date.parse(change.time);
    if (time < latest || (time === latest && newest !== undefined && byTime(newest, change) > 0)) continue;
    [newest, latest] = [change, time];
  }
  return newest;
}

function byTime(a: Change, b: Change): number {
  // At one time the Service comes before its slices.
  return Date.parse(a.time) - Date.parse(b.time) || (a.what > b.what ? -1 : Number(a.what < b.what));
}
