// Which pods a Service selects, by labels and namespace alone. Sources: core/v1 ServiceSpec.selector, and the
// EndpointSlice controller (pkg/controller/endpointslice/endpointslice_controller.go syncService).
import type { ClusterSnapshot, EndpointSlice, ObjectMeta, Pod, Service } from './snapshot.ts';

/** The pods of the namespace for which the selector holds, ready or not; none for an absent or empty selector. */
export function podsMatching(
  snapshot: ClusterSnapshot,
  namespace: string,
  selector: Service['selector'],
): readonly Pod[] {
  return snapshot.pods.filter((pod) => pod.namespace === namespace && matches(selector, pod.labels));
}

/** The slices that name the Service, of every family and manager. For many Services use `clusterIndex`. */
export function slicesOf(snapshot: ClusterSnapshot, service: ObjectMeta): readonly EndpointSlice[] {
  return snapshot.endpointSlices.filter(
    (slice) => slice.service === service.name && slice.namespace === service.namespace,
  );
}

function matches(selector: Service['selector'], labels: ObjectMeta['labels']): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}
