// KPR116: publishNotReadyAddresses: endpoints count as ready whatever their pods say.
import { listing } from '../words.ts';
import { type Check, raise, serviceSubject } from './check.ts';

export const notReadyPublished: Check = {
  about: 'service',
  codes: ['KPR116'],
  run: (view, service, states) => {
    if (!service.publishNotReadyAddresses) return [];
    const pods = new Set<string>();
    for (const { backends } of states) {
      for (const { pod } of backends) {
        if (view.cluster?.index.pods.get(`${service.namespace}/${pod}`)?.ready === false) pods.add(pod);
      }
    }
    if (pods.size === 0) return [];
    const names = listing([...pods].sort());
    const message = `${service.namespace}/${service.name} publishes pods that are not ready, and ${names} ${pods.size === 1 ? 'is not' : 'are not'}: connections go there all the same`;
    return [raise('KPR116', view, { subject: serviceSubject(service), message })];
  },
};
