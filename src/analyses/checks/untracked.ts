// KPR311: packets for a Service that a rule keeps from connection tracking, so that nobody translates them: NodeLocal
// DNSCache does so for the address of the cluster's DNS, which it answers itself. Where it is gone, nobody answers.
import type { NodeView } from '../node-view.ts';
import { walkTraffic } from '../walks/traffic.ts';
import { listing, onNode, place, ruleEvidence } from '../words.ts';
import { nodeSubject, raise, type TrafficCheck } from './check.ts';

export const untracked: TrafficCheck = {
  about: 'traffic',
  codes: ['KPR311'],
  run: (view, { states, each }) => {
    const named = each ? '' : rawText(view);
    // In the whole cluster only those that a rule names: each costs a walk.
    const suspects = each ? states : states.filter(({ port }) => port !== undefined && named.includes(port.clusterIP));
    const found = walkTraffic(view, { states: suspects, each: true }).flatMap(({ text, walked }) =>
      walked.untracked === undefined ? [] : [{ text, ...walked.untracked }],
    );
    return [...Map.groupBy(found, ({ delivered }) => delivered).values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const lost = first.delivered === 'out';
      const rules = [...new Map(group.map(({ rule }) => [rule.ref.line, rule])).values()];
      const fate = lost
        ? 'no address of the node is meant, and they leave it as they are'
        : first.delivered === 'local'
          ? 'a cache on the node itself answers them, and kube-proxy’s rules are never asked'
          : 'if a cache on the node has that address it answers them, and kube-proxy’s rules are never asked';
      return [
        raise('KPR311', view, {
          subject: nodeSubject(view),
          severity: lost ? 'critical' : 'info',
          message: `${listing([...new Set(group.map(({ text }) => text))])} are not tracked ${onNode(view)} (${listing(rules.map(place))}): ${fate}`,
          evidence: rules.slice(0, 4).map(ruleEvidence),
        }),
      ];
    });
  },
};

/** Where such rules stand. */
function rawText({ installed }: NodeView): string {
  const raw = installed.rulesets.flatMap(({ tables }) => tables.filter(({ name }) => name === 'raw'));
  const rules = raw.flatMap((table) => [...table.chains()].flatMap((chain) => chain.rules()));
  return rules
    .filter(({ target }) => target.kind === 'NOTRACK' || target.kind === 'CT')
    .map(({ text }) => text)
    .join('\n');
}
