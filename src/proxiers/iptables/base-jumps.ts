// The jumps from the built-in chains into kube-proxy's. Without them the rules are there and nothing uses them.
// pkg/proxy/iptables/proxier.go iptablesJumpChains, v1.36.
import type { Table } from '../../netfilter/ruleset.ts';
import type { MissingJump } from '../dispatch.ts';
import { nodePortsChain, postroutingChain, servicesChain } from './chain-names.ts';

const everyRelease: readonly MissingJump[] = [
  { table: 'nat', from: 'PREROUTING', to: servicesChain, without: 'connections from pods and from outside' },
  { table: 'nat', from: 'OUTPUT', to: servicesChain, without: 'connections from the node itself' },
  { table: 'nat', from: 'POSTROUTING', to: postroutingChain, without: 'masquerading' },
];

/** Jumps that every release needs and that are missing. A rule with conditions of its own counts as one. */
export function missingJumps(nat: Table, filter: Table): readonly MissingJump[] {
  const missing = everyRelease.filter(({ table, from, to }) => !leadsTo(table === 'nat' ? nat : filter, from, to));
  const nodePorts = nat.chain(nodePortsChain);
  if (nodePorts !== undefined && nodePorts.ruleCount > 0 && !leadsTo(nat, servicesChain, nodePortsChain)) {
    return [...missing, { table: 'nat', from: servicesChain, to: nodePortsChain, without: 'node ports' }];
  }
  return missing;
}

function leadsTo(table: Table, from: string, to: string): boolean {
  const rules = table.chain(from)?.rules() ?? [];
  return rules.some(({ target }) => (target.kind === 'jump' || target.kind === 'goto') && target.chain === to);
}
