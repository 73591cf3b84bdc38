// The rules that kube-proxy in iptables mode would write for a cluster on one node, in one family.
// pkg/proxy/iptables/proxier.go syncProxyRules, v1.25 to v1.36.
import type { EndpointMap } from '../../endpoints.ts';
import type { ServicePort } from '../../service-ports.ts';
import type { Settings } from '../settings.ts';
import { expectBase } from './base-chains.ts';
import type { ExpectedChain, ExpectedPort, ExpectedRule, ExpectedRuleset } from './expected.ts';
import { expectPort, writePort } from './port.ts';

export type {
  ChainFacts,
  ExpectedChain,
  ExpectedPort,
  ExpectedRule,
  ExpectedRuleset,
  ExpectedTable,
  TableName,
} from './expected.ts';
export { expectBase, expectPort, writePort };

/** `ports` and `endpoints` are of one snapshot; ports of the other family are passed over. */
export function expectRules(
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  settings: Settings,
): ExpectedRuleset {
  const tables = new Map((['mangle', 'filter', 'nat'] as const).map((name) => [name, new Map<string, Draft>()]));
  const last: ExpectedRule[] = [];
  for (const chain of expectBase(settings)) {
    const rules = chain.dispatch ? [] : [...chain.rules];
    if (chain.dispatch) last.push(...chain.rules);
    tables.get(chain.table)?.set(chain.name, { ...chain, rules });
  }
  const add = (rule: ExpectedRule) => {
    const chains = tables.get(rule.table);
    const chain = chains?.get(rule.chain);
    if (chain !== undefined) chain.rules.push(rule);
    else chains?.set(rule.chain, { ...ownChain(rule), rules: [rule] });
  };
  for (const { rules } of expectPorts(ports, endpoints, settings)) for (const rule of rules) add(rule);
  for (const rule of last) add(rule);
  return {
    family: settings.family,
    tables: new Map([...tables].map(([name, chains]) => [name, { name, chains }])),
    large: isLarge(ports, endpoints, settings),
  };
}

/** Port by port, for a reader that need not hold a large cluster's text. */
export function* expectPorts(
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  settings: Settings,
): Generator<ExpectedPort, void, void> {
  const large = isLarge(ports, endpoints, settings);
  for (const port of ports) {
    if (port.family === settings.family) yield expectPort(port, endpoints.of(port), settings, large);
  }
}

/** pkg/proxy/iptables/proxier.go largeClusterEndpointsThreshold: all that stand in slices count, usable or not. */
const largeClusterEndpoints = 1000;

export function isLarge(
  ports: readonly ServicePort[],
  endpoints: EndpointMap,
  { family }: Pick<Settings, 'family'>,
): boolean {
  let count = 0;
  for (const port of ports) if (port.family === family) count += endpoints.of(port).length;
  return count > largeClusterEndpoints;
}

type Draft = Omit<ExpectedChain, 'rules'> & { readonly rules: ExpectedRule[] };

function ownChain({ table, chain, port }: ExpectedRule): Omit<ExpectedChain, 'rules'> {
  return { table, name: chain, base: false, dispatch: false, exclusive: true, port };
}
