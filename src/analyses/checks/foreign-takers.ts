// KPR306: rules of others before kube-proxy's jump that take connections for Services, one finding a rule. KPR307: those
// of a pod's hostPort, and those of hostPorts behind the jump that get nothing.
import type { Address } from '../../address.ts';
import type { ForeignTaker } from '../../proxiers/proxier.ts';
import { nodeAddress } from '../../proxiers/proxy-facts.ts';
import type { Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import { listing, onNode, place, ruleEvidence, wayName } from '../words.ts';
import { nodeSubject, portSubject, portText, raise, type TrafficCheck } from './check.ts';

export const foreignTakers: TrafficCheck = {
  about: 'traffic',
  codes: ['KPR306', 'KPR307'],
  run: (view, { states, each }) => {
    const ports = states.flatMap(({ port }) => port ?? []);
    const takers = view.installed.foreignTakers(ports, (family) => nodeAddress(view.facts, family));
    const byRule = Map.groupBy(takers, ({ rule }) => `${rule.ref.family} ${rule.ref.line}`);
    return [...byRule.values()].flatMap((group) => findingOf(view, group, each));
  },
};

function findingOf(view: NodeView, group: readonly ForeignTaker[], asked: boolean): readonly Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const names = [...new Set(group.map(({ port }) => portText(port.name)))];
  const subject = names.length === 1 ? portSubject(first.port.name) : nodeSubject(view);
  const { rule, hostPort, stands, jump } = first;
  const whose = clientsText(group);
  const ways = listing(group.map(wayOf));
  const evidence = [rule, jump].map(ruleEvidence);
  if (hostPort === undefined) {
    return [
      raise('KPR306', view, {
        subject,
        message: `${place(rule)} in ${rule.ref.chain} stands before kube-proxy's rules ${onNode(view)} and takes connections${whose} to ${ways}, which are for ${listing(names)}`,
        evidence: evidence.slice(0, 1),
      }),
    ];
  }
  const port = `hostPort ${first.at} of ${podText(hostPort.address)}`;
  if (stands === 'before') {
    return [
      raise('KPR307', view, {
        subject,
        message: `${port} is ${ways} of ${listing(names)}, too, and the hostPort wins ${onNode(view)}: its rule (${place(rule)}) stands before kube-proxy's (${place(jump)}) and takes connections${whose}`,
        evidence,
      }),
    ];
  }
  return [
    raise('KPR307', view, {
      subject,
      // The Service works; whoever looks at the whole node is not after that pod.
      severity: asked ? 'warning' : 'info',
      message: `${ways} of ${listing(names)} is ${port}, too, and the Service wins ${onNode(view)}: kube-proxy's rules (${place(jump)}) stand before the hostPort's (${place(rule)}), which gets no connections${whose}`,
      evidence,
    }),
  ];
}

function clientsText(group: readonly ForeignTaker[]): string {
  if (group.every(({ clients }) => clients.length > 2)) return '';
  return ` from ${listing([...new Set(group.flatMap(({ clients }) => clients.map(from)))])}`;
}

/** By its address alone: of which pod it is only a reading of all pods could tell. */
function podText(address: Address | undefined): string {
  return address === undefined ? 'a pod' : `the pod at ${address}`;
}

const from = (client: ForeignTaker['clients'][number]) =>
  client === 'node' ? 'the node itself' : client === 'pods' ? 'pods' : 'outside';

function wayOf({ address, at }: ForeignTaker): string {
  return address === undefined
    ? wayName({ type: 'NodePort', address, port: at })
    : wayName({ type: 'ClusterIP', address, port: at }).replace(/^cluster IP /, '');
}
