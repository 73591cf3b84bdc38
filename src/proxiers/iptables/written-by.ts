// Which releases of kube-proxy write rules of this shape. Facts, first hit wins; the absence of a fact that depends on
// the kernel or the objects proves nothing.
import { matchOf, type Ruleset } from '../../netfilter/ruleset.ts';
import type { ReleaseRange } from '../releases.ts';
import { markMasqChain, proxyFirewallChain } from './chain-names.ts';
import { commentOf } from './service-rule.ts';

interface Fact {
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly because: string;
  readonly holds: (facts: Traits) => boolean;
}

/** What a look over the rules finds, each when it is asked for. */
interface Traits {
  counters(): boolean;
  targetlessFirewall(): boolean;
  firewallChain(): boolean;
  proxyFirewall(): boolean;
  external(): boolean;
  forwardingRules(): readonly string[];
  masqueradeInServices(): boolean;
}

const facts: readonly Fact[] = [
  // pkg/proxy/iptables/proxier.go, 1.31: nfacct counters.
  { first: 31, last: undefined, because: 'its rules have nfacct counters', holds: (t) => t.counters() },
  // PR #109826 and KEP-3178, 1.27.
  {
    first: 27,
    last: undefined,
    because: 'a KUBE-FW chain ends with a rule without target',
    holds: (t) => t.targetlessFirewall(),
  },
  {
    first: 27,
    last: undefined,
    because: 'kube-proxy made KUBE-FIREWALL itself',
    holds: (t) => t.proxyFirewall() && t.firewallChain(),
  },
  { first: 25, last: undefined, because: 'KUBE-PROXY-FIREWALL exists', holds: (t) => t.proxyFirewall() },
  { first: 24, last: 24, because: 'KUBE-EXT chains without KUBE-PROXY-FIREWALL', holds: (t) => t.external() },
  {
    first: undefined,
    last: 21,
    because: 'masquerade rules stand in KUBE-SERVICES',
    holds: (t) => t.masqueradeInServices(),
  },
  {
    first: undefined,
    last: 22,
    because: 'KUBE-FORWARD has a source and a destination rule',
    holds: (t) => t.forwardingRules().some((text) => text.endsWith('pod source rule')),
  },
  { first: 23, last: 24, because: 'KUBE-FORWARD has one conntrack rule', holds: (t) => t.forwardingRules().length > 0 },
];

export function writtenBy(rulesets: readonly Ruleset[]): ReleaseRange {
  const traits = rulesets.map(traitsOf);
  for (const { first, last, because, holds } of facts) {
    if (traits.some(holds)) return { first, last, from: because };
  }
  return { first: undefined, last: undefined, from: 'the rules do not tell' };
}

function traitsOf(ruleset: Ruleset): Traits {
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  const filter = ruleset.tables.find(({ name }) => name === 'filter');
  const rulesOf = (table: typeof nat, chain: string) => table?.chain(chain)?.rules() ?? [];
  return {
    counters: () =>
      [...rulesOf(filter, 'KUBE-FORWARD'), ...rulesOf(nat, 'KUBE-NODEPORTS')].some((rule) => matchOf(rule, 'nfacct')),
    targetlessFirewall: () =>
      [...(nat?.chainNames(['KUBE-FW-']) ?? [])].some((name) =>
        rulesOf(nat, name).some(({ target }) => target.kind === 'none'),
      ),
    // Kubelet makes the chain as well; only without a kubelet is it kube-proxy's doing for certain.
    firewallChain: () =>
      filter?.chain('KUBE-FIREWALL') !== undefined &&
      filter.chain('KUBE-KUBELET-CANARY') === undefined &&
      rulesOf(filter, 'KUBE-FIREWALL').length <= 1,
    proxyFirewall: () => filter?.chain(proxyFirewallChain) !== undefined,
    external: () => [...(nat?.chainNames(['KUBE-EXT-']) ?? [])].length > 0,
    forwardingRules: () =>
      rulesOf(filter, 'KUBE-FORWARD')
        .map((rule) => commentOf(rule) ?? '')
        .filter((text) => text.startsWith('kubernetes forwarding conntrack')),
    masqueradeInServices: () =>
      rulesOf(nat, 'KUBE-SERVICES').some(({ target }) => target.kind === 'jump' && target.chain === markMasqChain),
  };
}
