// KPR306: rules of others before kube-proxy's jump that take connections for Services. One finding a rule.
import { nodeAddress } from '../../proxiers/node-facts.ts';
import type { ForeignTaker } from '../../proxiers/proxier.ts';
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, portSubject, portText, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { listing, onNode, place, ruleEvidence, wayName } from '../words.ts';
import type { Scope } from './scope.ts';

export function foreignTakers(view: NodeView, scope: Scope): readonly Finding[] {
  const ports = (view.cluster?.ports ?? []).filter(({ name }) => scope(name));
  const takers = view.installed.foreignTakers(ports, (family) => nodeAddress(view.facts, family));
  const byRule = Map.groupBy(takers, ({ rule }) => `${rule.ref.family} ${rule.ref.line}`);
  return [...byRule.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = [...new Set(group.map(({ port }) => portText(port.name)))];
    const whole = group.every(({ clients }) => clients.length > 2);
    const whose = whole ? '' : ` from ${listing([...new Set(group.flatMap(({ clients }) => clients.map(from)))])}`;
    return [
      raise('KPR306', view, {
        subject: names.length === 1 ? portSubject(first.port.name) : nodeSubject(view),
        message: `${place(first.rule)} in ${first.rule.ref.chain} stands before kube-proxy's rules ${onNode(view)} and takes connections${whose} to ${listing(group.map(wayOf))}, which are for ${listing(names)}`,
        evidence: [ruleEvidence(first.rule)],
      }),
    ];
  });
}

const from = (client: ForeignTaker['clients'][number]) =>
  client === 'node' ? 'the node itself' : client === 'pods' ? 'pods' : 'outside';

function wayOf({ address, at }: ForeignTaker): string {
  return address === undefined
    ? wayName({ type: 'NodePort', address, port: at })
    : wayName({ type: 'ClusterIP', address, port: at }).replace(/^cluster IP /, '');
}
