// Which settings kube-proxy wrote a node's rules with. Each fact has its possible values, the likeliest first: what the
// user or the API says, what the rules can only mean, what kube-proxy does by default. Nothing is decided here.
import type { Family } from '../../../address.ts';
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import type { ProxiedCluster } from '../../proxier.ts';
import type { ProxyFacts } from '../../proxy-facts.ts';
import type { Settings } from '../settings.ts';
import { configuredFacts } from './configured.ts';
import type { Fact } from './fact.ts';
import { learn } from './learn.ts';
import { nodeFacts } from './node.ts';
import { nodePortFact } from './node-ports.ts';
import { releaseFact } from './release.ts';

export type { Fact, Option } from './fact.ts';

/** The facts of one family's rules. Those of the node are the same for both families and bear the same name. */
export function detectFacts(ruleset: Ruleset, cluster: ProxiedCluster, facts: ProxyFacts): readonly Fact[] {
  const learnt = learn(ruleset);
  const { family } = ruleset;
  return [
    releaseFact(facts),
    ...configuredFacts(family, learnt, facts),
    nodePortFact(family, learnt, facts),
    ...nodeFacts(ruleset, learnt, cluster, facts),
  ];
}

/** What every fact then changes. */
export function baseSettings(family: Family): Settings {
  return {
    family,
    minor: 0,
    node: { name: undefined, zone: undefined },
    topology: { zoneHints: 'always', nodeHints: true, terminatingFallback: true, internalPolicy: 'own-chain' },
    detector: { kind: 'none' },
    masqueradeAll: false,
    masqueradeBit: 14,
    randomFully: true,
    nodePortAddresses: 'any',
    localhostNodePorts: true,
    dropInvalid: true,
    counters: true,
    nodeAddress: undefined,
  };
}
