// KPR403: kube-proxy tells pods from other clients by addresses that this cluster's pods do not have.
import { contains, familyOf } from '../../address.ts';
import { isTrusted } from '../node-view.ts';
import { count, listing, onNode } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const podRanges: NodeCheck = {
  about: 'node',
  codes: ['KPR403'],
  run: (view) => {
    const { cluster } = view;
    if (cluster === undefined) return [];
    return view.dispatches.flatMap(({ family, localDetector: told }) => {
      if (told === undefined || !told.includes('/') || !isTrusted(view, family)) return [];
      const ranges = (podCIDRs: readonly string[]) =>
        podCIDRs.filter((prefix) => familyOf(networkOf(prefix)) === family);
      const own = ranges(cluster.node?.podCIDRs ?? []);
      // With detectLocalMode NodeCIDR the other nodes' pods are not local, as they should be.
      const nodes = own.includes(told) ? [cluster.node] : cluster.snapshot.nodes;
      const outside = nodes.flatMap((node) => {
        const left = ranges(node?.podCIDRs ?? []).filter((prefix) => contains(told, networkOf(prefix)) === false);
        return node === undefined || left.length === 0 ? [] : [{ name: node.name, left }];
      });
      if (outside.length === 0) return [];
      const ones = listing(outside.map(({ name, left }) => `${name} has ${left.join(', ')}`));
      return [
        raise('KPR403', view, {
          subject: nodeSubject(view),
          severity: 'warning',
          message: `kube-proxy ${onNode(view)} takes ${told} for the addresses of pods, and the pods of ${count(outside.length, 'node')} have others (${ones}): their connections to Services are masqueraded as if they came from outside`,
          evidence: outside.slice(0, 4).map(({ name, left }) => ({
            kind: 'object' as const,
            object: `Node ${name}`,
            says: `spec.podCIDRs: ${left.join(', ')}`,
          })),
        }),
      ];
    });
  },
};

function networkOf(prefix: string): string {
  return prefix.slice(0, prefix.indexOf('/'));
}
