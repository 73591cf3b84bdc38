// KPR113: EndpointSlices of several makers for one Service. kube-proxy uses the union of all: one maker's dead address
// stays in use whatever the others say.
import { type Check, raise, serviceSubject } from './check.ts';

export const slices: Check = {
  about: 'service',
  codes: ['KPR113'],
  run: (view, service) => {
    const all = view.cluster?.index.slices.get(`${service.namespace}/${service.name}`) ?? [];
    const makers = [...new Set(all.flatMap(({ managedBy }) => managedBy ?? []))].sort();
    if (makers.length < 2) return [];
    return [
      raise('KPR113', view, {
        subject: serviceSubject(service),
        message: `the EndpointSlices of ${service.namespace}/${service.name} are made by ${makers.join(' and ')}: kube-proxy uses the addresses of all of them`,
        evidence: all.map((slice) => ({
          kind: 'object',
          object: `EndpointSlice ${slice.namespace}/${slice.name}`,
          says: `managed-by ${slice.managedBy ?? 'nobody'}, ${slice.endpoints.length} endpoints`,
        })),
      }),
    ];
  },
};
