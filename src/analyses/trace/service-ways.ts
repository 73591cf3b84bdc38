// The addresses and ports that lead to service ports: of the API's, and, where the API was not asked, those that the rules
// themselves name.
import { type Address, type Family, familyOf } from '../../address.ts';
import type { FrontendType } from '../../proxiers/dispatch.ts';
import type { ServicePort, ServicePortName } from '../../proxiers/service-ports.ts';
import type { NodeView } from '../node-view.ts';

export interface ServiceWay {
  readonly family: Family;
  readonly name: ServicePortName;
  readonly type: FrontendType;
  /** `undefined`: a node port. */
  readonly address: Address | undefined;
  readonly port: number;
  /** The Service's own port, where `port` is its node port. */
  readonly servicePort: number;
}

/** In the order of the API: a Service's first family first. */
export function waysTo(view: NodeView, wanted: (name: ServicePortName) => boolean): readonly ServiceWay[] {
  const { cluster } = view;
  if (cluster === undefined) return waysOfRules(view, wanted);
  return cluster.ports.filter(({ name }) => wanted(name)).flatMap(waysOf);
}

function waysOf(each: ServicePort): readonly ServiceWay[] {
  const { name, family, port, clusterIP, externalIPs, loadBalancerIPs, nodePort } = each;
  const at = (type: FrontendType, address: Address | undefined, own = port): ServiceWay => ({
    family,
    name,
    type,
    address,
    port: own,
    servicePort: port,
  });
  return [
    at('ClusterIP', clusterIP),
    ...externalIPs.map((address) => at('ExternalIP', address)),
    ...loadBalancerIPs.map((address) => at('LoadBalancer', address)),
    ...(nodePort === undefined ? [] : [at('NodePort', undefined, nodePort)]),
  ];
}

function waysOfRules({ dispatches }: NodeView, wanted: (name: ServicePortName) => boolean): readonly ServiceWay[] {
  return dispatches.flatMap(({ frontends }) =>
    frontends.flatMap(({ owner, family, type, address, port }): readonly ServiceWay[] => {
      if (owner.kind === 'nameless' || !wanted(owner.name)) return [];
      if (address !== undefined && familyOf(address) !== family) return [];
      return [{ family, name: owner.name, type, address, port, servicePort: port }];
    }),
  );
}
