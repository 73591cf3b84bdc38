// KPR115: an external IP that belongs to somebody else: a node, a pod network, another Service.
import { contains } from '../../address.ts';
import type { ClusterView } from '../node-view.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const externalIPs: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR115'],
  run: (view, group) => {
    const { cluster } = view;
    if (cluster === undefined) return [];
    return group.flatMap(({ port, name }) =>
      (port?.externalIPs ?? []).flatMap((address) => {
        const owner = ownerOf(address, cluster, `${name.namespace}/${name.name}`);
        if (owner === undefined) return [];
        const message = `external IP ${address} of ${portText(name)} is ${owner}: the cluster's traffic to it on port ${port?.port} is taken over`;
        return [raise('KPR115', view, { subject: portSubject(name), message, address })];
      }),
    );
  },
};

function ownerOf(address: string, { index, snapshot }: ClusterView, self: string): string | undefined {
  const node = index.nodesByAddress.get(address);
  if (node !== undefined) return `an address of node ${node.name}`;
  const service = snapshot.services.find(
    (each) => each.clusterIPs.includes(address) && `${each.namespace}/${each.name}` !== self,
  );
  if (service !== undefined) return `the cluster IP of ${service.namespace}/${service.name}`;
  const network = snapshot.nodes.find(({ podCIDRs }) => podCIDRs.some((prefix) => contains(prefix, address) === true));
  return network === undefined ? undefined : `in the pod network of node ${network.name}`;
}
