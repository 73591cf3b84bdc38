// What KubeProxyConfiguration sets for iptables mode, beside what the rules say. Rules that all follow another value were
// written before the configuration changed, or by a kube-proxy that reads another one.
import { canonicalPrefix, type Family, familyOf, type Prefix } from '../../../address.ts';
import type { ProxyConfig } from '../../../cluster/proxy-config.ts';
import type { ProxyFacts } from '../../proxy-facts.ts';
import type { LocalDetector } from '../local-detector.ts';
import { type Fact, fact, type Option } from './fact.ts';
import type { Learnt } from './learn.ts';

const byDefault = 'kube-proxy’s default';
const byRules = 'the rules';

/** What kube-proxy does by default is an option only where no rule tells: else it would excuse a single Service's fault. */
export function configuredFacts(family: Family, learnt: Learnt, facts: ProxyFacts): readonly Fact[] {
  const { config } = facts;
  const detector = config && configuredDetector(config.values, facts, family);
  return [
    fact('local detection', false, [
      detector && detection(detector, config.from, true),
      learnt.detector && detection(learnt.detector, byRules, false),
      learnt.detector ? undefined : detection({ kind: 'none' }, byDefault, false),
    ]),
    fact('masquerade all', true, [
      config && masqueradesAll(config.values.masqueradeAll ?? false, config.from, true),
      learnt.masqueradeAll === undefined
        ? masqueradesAll(false, byDefault, false)
        : masqueradesAll(learnt.masqueradeAll, byRules, false),
    ]),
    fact('masquerade bit', true, [
      config && bit(config.values.masqueradeBit ?? 14, config.from, true),
      learnt.masqueradeBit === undefined ? bit(14, byDefault, false) : bit(learnt.masqueradeBit, byRules, false),
    ]),
  ];
}

/** `undefined` where the configuration leaves it to a Node object that is not there. */
function configuredDetector(config: ProxyConfig, { node }: ProxyFacts, family: Family): LocalDetector | undefined {
  const cidr = (prefixes: readonly Prefix[]): LocalDetector => {
    const [prefix] = prefixes.flatMap((text) => canonicalPrefix(text) ?? []).filter((each) => isOf(each, family));
    return prefix === undefined ? { kind: 'none' } : { kind: 'cidr', prefix };
  };
  switch (config.detectLocalMode) {
    case 'BridgeInterface':
      return config.bridgeInterface === undefined ? undefined : { kind: 'interface', pattern: config.bridgeInterface };
    case 'InterfaceNamePrefix': {
      const prefix = config.interfaceNamePrefix;
      return prefix === undefined ? undefined : { kind: 'interface', pattern: `${prefix}+` };
    }
    case 'NodeCIDR':
      return node && cidr(node.podCIDRs);
    default:
      return cidr(config.clusterCIDRs ?? []);
  }
}

function isOf(prefix: Prefix, family: Family): boolean {
  return familyOf(prefix.slice(0, prefix.indexOf('/'))) === family;
}

function detection(detector: LocalDetector, from: string, told: boolean): Option {
  const values = {
    none: () => 'pods are not told from other clients',
    cidr: ({ prefix }: { readonly prefix: string }) => `pods are ${prefix}`,
    interface: ({ pattern }: { readonly pattern: string }) => `pods come in by ${pattern}`,
  };
  const value =
    detector.kind === 'cidr'
      ? values.cidr(detector)
      : detector.kind === 'interface'
        ? values.interface(detector)
        : values.none();
  return { value, from, told, patch: { detector } };
}

function masqueradesAll(masqueradeAll: boolean, from: string, told: boolean): Option {
  return {
    value: masqueradeAll ? 'all is masqueraded' : 'not all is masqueraded',
    from,
    told,
    patch: { masqueradeAll },
  };
}

function bit(masqueradeBit: number, from: string, told: boolean): Option {
  return { value: `bit ${masqueradeBit}`, from, told, patch: { masqueradeBit } };
}
