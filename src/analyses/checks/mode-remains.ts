// KPR303: what another mode of kube-proxy has left: its chains, its device, or these very rules.
import type { Finding } from '../../report/finding.ts';
import { isTrusted, type NodeView } from '../node-view.ts';
import { count, listing, onNode, ruleEvidence } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const modeRemains: NodeCheck = {
  about: 'node',
  codes: ['KPR303'],
  run: (view) => [...otherMode(view), ...chainsOfModes(view), ...ipvsDevice(view)],
};

/** kube-proxy itself says that it works otherwise. */
function otherMode(view: NodeView): readonly Finding[] {
  const { proxyMode, installed } = view;
  if (proxyMode === undefined || proxyMode === installed.mode || installed.rulesets.length === 0) return [];
  return [
    raise('KPR303', view, {
      subject: nodeSubject(view),
      severity: 'critical',
      message: `kube-proxy ${onNode(view)} is in ${proxyMode} mode, and the rules of ${installed.mode} mode are left: nobody keeps them, and packets meet them first`,
      evidence: [{ kind: 'text', line: 0, text: `/proxyMode of kube-proxy: ${proxyMode}` }],
    }),
  ];
}

function chainsOfModes(view: NodeView): readonly Finding[] {
  const found = view.installed.remains().ofModes.filter(({ family }) => isTrusted(view, family));
  return [...Map.groupBy(found, ({ mode }) => mode)].map(([mode, group]) => {
    const chains = [...new Set(group.flatMap((each) => each.chains))];
    const jumps = group.flatMap((each) => each.jumps);
    const led =
      jumps.length === 0
        ? ', and no packet meets them'
        : `, and ${count(jumps.length, 'rule')} still ${jumps.length === 1 ? 'leads' : 'lead'} into them`;
    return raise('KPR303', view, {
      subject: nodeSubject(view),
      severity: jumps.length === 0 ? 'info' : 'warning',
      message: `chains of kube-proxy's ${mode} mode are left ${onNode(view)} (${listing(chains)})${led}`,
      evidence: jumps.slice(0, 4).map(ruleEvidence),
    });
  });
}

const device = 'kube-ipvs0';

/** An address there is the node's own: what no rule takes to a backend is answered, or refused, by the node itself. */
function ipvsDevice(view: NodeView): readonly Finding[] {
  if (view.devices?.includes(device) !== true || (view.proxyMode ?? view.installed.mode) === 'ipvs') return [];
  const held = (view.walk.addresses ?? []).filter((each) => each.interface === device).map(({ address }) => address);
  const given = new Set(
    (view.cluster?.ports ?? []).flatMap((port) => [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]),
  );
  const strange = view.cluster === undefined ? [] : held.filter((address) => !given.has(address));
  return [
    raise('KPR303', view, {
      subject: nodeSubject(view),
      severity: strange.length === 0 ? 'info' : 'warning',
      message: `the device ${device} of ipvs mode is left ${onNode(view)} with ${count(held.length, 'address', 'addresses')}${strange.length === 0 ? '' : `; ${listing(strange)} ${strange.length === 1 ? 'is no address of a Service' : 'are no addresses of Services'} any more, and the node takes ${strange.length === 1 ? 'it for its own' : 'them for its own'}`}`,
      evidence: [{ kind: 'text', line: 0, text: `${device}: ${listing(held, 8)}` }],
    }),
  ];
}
