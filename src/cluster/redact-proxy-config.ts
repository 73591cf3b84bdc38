// kube-proxy's configuration under other names: what rules depend on stays, hosts and addresses are mapped.
import type { Renamer } from './aliases.ts';
import type { ProxyConfig } from './proxy-config.ts';

/** The host name is mapped as the node's name is; names of interfaces stay, as they do in rules. */
export function redactProxyConfig(config: ProxyConfig, renamer: Renamer): ProxyConfig {
  const prefix = (text: string) => (text === 'primary' ? text : renamer.prefix(text)) ?? [];
  const host = config.hostnameOverride?.trim().toLowerCase();
  return {
    ...config,
    hostnameOverride: host && renamer.name('node', host),
    bindAddress: config.bindAddress && renamer.address(config.bindAddress),
    clusterCIDRs: config.clusterCIDRs?.flatMap(prefix),
    nodePortAddresses: config.nodePortAddresses?.flatMap(prefix),
  };
}
