// Objects of the API that could not be read, whole or in part: what differs about their Services may be the object's fault,
// and nobody is blamed for it.
import type { ClusterView } from '../node-view.ts';
import { count } from '../words.ts';
import type { ChangedService } from './changed-service.ts';

/** Why nothing can be compared; `undefined` where both kinds that rules are made of were read. */
export function missingKinds({ snapshot: { kinds } }: ClusterView): string | undefined {
  const missing = ['Service', 'EndpointSlice'].filter((kind) => !kinds.has(kind)).map((kind) => `${kind}s`);
  return missing.length === 0
    ? undefined
    : `the objects hold no ${missing.join(' and no ')}: give those of kubectl get services,endpointslices,nodes -A`;
}

/** Gives the reason why a Service cannot be judged: `EndpointSlice shop/web-1 could not be read: endpoints[0]: ...`. */
export type Doubt = (service: Pick<ChangedService, 'namespace' | 'name' | 'service'>) => string | undefined;

export function doubtsOf({ snapshot }: ClusterView): Doubt {
  const unread = snapshot.skipped.filter(({ reason }) => !reason.startsWith('another copy was taken'));
  const reasons = (objects: typeof unread) => {
    const [first] = objects;
    const more = objects.length > 1 ? `, and ${count(objects.length - 1, 'more object')}` : '';
    return first && `${first.object} could not be read: ${first.reason}${more}`;
  };
  return ({ namespace, name, service }) =>
    reasons(
      unread.filter(({ object }) => {
        const [kind = '', of = ''] = object.split(' ');
        // Without a name it may be that of anything that seems not to be there.
        if (of.startsWith('#')) return kind === 'EndpointSlice' || (kind === 'Service' && service === undefined);
        if (kind === 'Service') return of === `${namespace}/${name}`;
        if (kind !== 'EndpointSlice' || !of.startsWith(`${namespace}/`)) return false;
        const slice = snapshot.endpointSlices.find((each) => `${each.namespace}/${each.name}` === of);
        return slice === undefined || slice.service === name;
      }),
    );
}
