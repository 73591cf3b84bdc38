// KPR114 and KPR117: Services that have no rules by design, and rules they have all the same.
import { serviceProxyName, whyUnserved } from '../../proxiers/service-ports.ts';
import { type Check, raise, serviceSubject } from './check.ts';

export const unserved: Check = {
  about: 'service',
  codes: ['KPR114', 'KPR117'],
  run: (view, service) => {
    const why = whyUnserved(service);
    if (why === undefined || why === 'no-cluster-ip') return [];
    const name = `${service.namespace}/${service.name}`;
    const messages = {
      headless: `${name} is headless: DNS answers with its pods' addresses, and clients must use the pods' own ports`,
      'external-name': `${name} is an ExternalName: DNS answers with ${service.externalName ?? 'another name'}, no packet is for kube-proxy`,
      'service-proxy-name': `${name} is labelled service.kubernetes.io/service-proxy-name=${serviceProxyName(service)}: kube-proxy leaves it alone`,
    } as const;
    return [
      raise(why === 'service-proxy-name' ? 'KPR114' : 'KPR117', view, {
        subject: serviceSubject(service),
        severity: 'info',
        message: messages[why],
      }),
    ];
  },
};
