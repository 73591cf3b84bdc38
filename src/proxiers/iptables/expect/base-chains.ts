// The chains that are there without any Service, and how the kernel gets into them.
// pkg/proxy/iptables/proxier.go iptablesJumpChains, iptablesKubeletJumpChains; util/iptables Monitor; v1.36.
import {
  externalServicesChain,
  markMasqChain,
  nodePortsChain,
  postroutingChain,
  proxyFirewallChain,
  servicesChain,
} from '../chain-names.ts';
import { holds } from '../releases.ts';
import type { Settings } from '../settings.ts';
import type { ChainFacts, ExpectedChain, TableName } from './expected.ts';
import { comment } from './printed.ts';
import { ownsFirewallRule, staticRules } from './static-rules.ts';

/** With the rules that stand before those of service ports, or alone. */
export function expectBase(settings: Settings): readonly ExpectedChain[] {
  const jumping = jumps.filter(({ to }) => to !== firewallChain || holds('own KUBE-FIREWALL', settings.minor));
  const builtIn = Map.groupBy(jumping, ({ table, from }) => `${table}/${from}`);
  const known = new Set(jumping.map(({ to }) => to));
  return [
    ...[...builtIn.values()].flatMap((own) => own.slice(0, 1).map(({ table, from }) => baseChain(table, from, own))),
    ...chains
      .filter(({ name }) => name !== firewallChain || known.has(name))
      .map(({ table, name, dispatch }) => ({
        table,
        name,
        base: false,
        dispatch: dispatch ?? false,
        exclusive: name === firewallChain ? ownsFirewallRule(settings) : name !== canaryChain,
        port: undefined,
        rules: staticRules(table, name, settings).map((rest) => rule(table, name, rest)),
      })),
  ];
}

const firewallChain = 'KUBE-FIREWALL';
/** Empty, and never jumped to: kube-proxy looks whether it is still there. */
const canaryChain = 'KUBE-PROXY-CANARY';

const chains: readonly {
  readonly table: TableName;
  readonly name: string;
  readonly dispatch?: true;
}[] = [
  { table: 'mangle', name: canaryChain },
  { table: 'nat', name: canaryChain },
  { table: 'filter', name: canaryChain },
  { table: 'filter', name: firewallChain },
  { table: 'filter', name: 'KUBE-FORWARD' },
  { table: 'filter', name: servicesChain, dispatch: true },
  { table: 'filter', name: externalServicesChain, dispatch: true },
  { table: 'filter', name: nodePortsChain, dispatch: true },
  { table: 'filter', name: proxyFirewallChain, dispatch: true },
  { table: 'nat', name: servicesChain, dispatch: true },
  { table: 'nat', name: nodePortsChain, dispatch: true },
  { table: 'nat', name: postroutingChain },
  { table: 'nat', name: markMasqChain },
];

interface Jump {
  readonly table: TableName;
  readonly from: string;
  readonly to: string;
  readonly words?: string;
  /** Only for new connections. */
  readonly fresh?: true;
}

const portals = 'kubernetes service portals';
const external = 'kubernetes externally-visible service portals';
const firewall = 'kubernetes load balancer firewall';

/** Each is put first where it is missing, so that on a node of its own the last one to be put is the first. */
const jumps: readonly Jump[] = [
  { table: 'filter', from: 'INPUT', to: firewallChain },
  { table: 'filter', from: 'INPUT', to: proxyFirewallChain, words: firewall, fresh: true },
  { table: 'filter', from: 'INPUT', to: nodePortsChain, words: 'kubernetes health check service ports' },
  { table: 'filter', from: 'INPUT', to: externalServicesChain, words: external, fresh: true },
  { table: 'filter', from: 'FORWARD', to: proxyFirewallChain, words: firewall, fresh: true },
  { table: 'filter', from: 'FORWARD', to: 'KUBE-FORWARD', words: 'kubernetes forwarding rules' },
  { table: 'filter', from: 'FORWARD', to: servicesChain, words: portals, fresh: true },
  { table: 'filter', from: 'FORWARD', to: externalServicesChain, words: external, fresh: true },
  { table: 'filter', from: 'OUTPUT', to: firewallChain },
  { table: 'filter', from: 'OUTPUT', to: proxyFirewallChain, words: firewall, fresh: true },
  { table: 'filter', from: 'OUTPUT', to: servicesChain, words: portals, fresh: true },
  { table: 'nat', from: 'PREROUTING', to: servicesChain, words: portals },
  { table: 'nat', from: 'OUTPUT', to: servicesChain, words: portals },
  { table: 'nat', from: 'POSTROUTING', to: postroutingChain, words: 'kubernetes postrouting rules' },
];

function baseChain(table: TableName, name: string, own: readonly Jump[]): ExpectedChain {
  const facts: ChainFacts = { table, name, base: true, dispatch: false, exclusive: false, port: undefined };
  const rules = own.map(({ to, words, fresh }) => {
    const state = fresh === true ? ' -m conntrack --ctstate NEW' : '';
    return rule(table, name, `${state}${words === undefined ? '' : comment(words)} -j ${to}`);
  });
  return { ...facts, rules };
}

function rule(table: TableName, chain: string, rest: string) {
  return { table, chain, text: `-A ${chain}${rest}`, port: undefined, commentVaries: false };
}
