// A pod by its name, and the service ports that lead to it.
import type { Pod } from '../../cluster/snapshot.ts';
import { UsageError } from '../../errors.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { listing } from '../words.ts';
import type { Subject } from './subject.ts';

export function resolvePod(
  view: NodeView,
  { namespace, name }: { namespace: string; name: string },
  states: readonly PortState[],
): Subject {
  if (view.cluster === undefined) {
    throw new UsageError('NEEDS_OBJECTS', 'a pod cannot be found without the API objects', {
      hint: 'Give --objects with pods in it, or ask for the pod’s address',
    });
  }
  const { index, snapshot } = view.cluster;
  const pod = index.pods.get(`${namespace}/${name}`);
  if (pod !== undefined) return { kind: 'pod', name: `${namespace}/${name}`, pod, states: leadingTo(states, pod) };
  const elsewhere = snapshot.pods.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`);
  const near = nearest(
    name,
    snapshot.pods.filter((each) => each.namespace === namespace).map((each) => each.name),
    3,
  );
  const hint =
    elsewhere.length > 0
      ? `There is one of that name with ${listing(elsewhere)}`
      : near.length > 0
        ? `Near it: ${listing(near.map((each) => `pod/${each}`))}`
        : snapshot.kinds.has('Pod')
          ? 'See kubectl get pods -A'
          : 'The objects hold no pods: add them to --objects';
  throw new UsageError('NO_SUCH_POD', `the API has no pod ${namespace}/${name}`, { hint });
}

/** Service ports whose rules, or whose endpoints, hold the pod. */
export function leadingTo(states: readonly PortState[], pod: Pod): readonly PortState[] {
  const addresses = new Set(pod.addresses);
  return states.filter(
    (state) =>
      state.backends.some((each) => addresses.has(each.address) && (each.pod === '' || each.pod === pod.name)) ||
      state.endpoints.some((each) => each.pod?.name === pod.name && each.pod.namespace === pod.namespace),
  );
}
