// KPR404: packets between pods of one bridge do not meet the rules: an answer from a pod beside the client then comes
// with the pod's own address. Documentation/networking/ip-sysctl.rst bridge-nf-call-iptables.
import { contains } from '../../address.ts';
import { onNode } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const bridgeFilter: NodeCheck = {
  about: 'node',
  codes: ['KPR404'],
  run: (view) => {
    const key = 'net.bridge.bridge-nf-call-iptables';
    if (view.walk.sysctls?.get(key) !== '0') return [];
    const ranges = [
      ...(view.cluster?.node?.podCIDRs ?? []),
      ...view.dispatches.flatMap(({ localDetector: told }) => (told?.includes('/') === true ? [told] : [])),
    ];
    const bridge = (view.walk.addresses ?? []).find(
      ({ interface: name, address }) =>
        bridges.test(name) && ranges.some((prefix) => contains(prefix, address) === true),
    );
    if (bridge === undefined) return [];
    return [
      raise('KPR404', view, {
        subject: nodeSubject(view),
        message: `${key} is 0 ${onNode(view)}, and its pods are on the bridge ${bridge.interface}: a pod that reaches a backend on its own node through a Service gets answers that it does not know`,
        evidence: [
          { kind: 'text', line: 0, text: `${key} = 0` },
          { kind: 'text', line: 0, text: `${bridge.interface} has ${bridge.address}` },
        ],
      }),
    ];
  },
};

/** Of the CNI plugin bridge and those that use it, kubenet, Docker and kube-router. */
const bridges = /^(cni\d+|cbr\d+|docker\d+|kube-bridge|br-.*|weave|lxcbr\d+)$/;
