// KUBE-EXT, where a service port's outside traffic enters, and KUBE-FW, which lets source ranges into it.
import { contains, type Prefix } from '../../../address.ts';
import { externallyAccessible } from '../../service-ports.ts';
import { markMasqChain } from '../chain-names.ts';
import type { LocalDetector } from '../local-detector.ts';
import { holds } from '../releases.ts';
import { comment, hostPrefix, source } from './printed.ts';
import type { Scene, Write } from './scene.ts';

export function externalRules(scene: Scene, write: Write): void {
  const { port, settings, words, externalChain, clusterChain, localChain, local } = scene;
  if (!externallyAccessible(port)) return;
  const add = (rest: string) => write('nat', externalChain, rest);
  if (!port.externalPolicyLocal) {
    add(`${comment(`masquerade traffic for ${words} external destinations`)} -j ${markMasqChain}`);
    add(` -j ${clusterChain}`);
    return;
  }
  // Whoever is inside gets all endpoints: the Local policy is for clients from outside.
  if (settings.detector.kind !== 'none') {
    const pods = comment(`pod traffic for ${words} external destinations`);
    add(`${fromPods(settings.detector)}${pods} -j ${clusterChain}`);
  }
  const fromNode = ' -m addrtype --src-type LOCAL';
  add(`${comment(`masquerade LOCAL traffic for ${words} external destinations`)}${fromNode} -j ${markMasqChain}`);
  add(`${comment(`route LOCAL traffic for ${words} external destinations`)}${fromNode} -j ${clusterChain}`);
  if (local.length > 0) add(` -j ${localChain}`);
}

/** What falls through is dropped in KUBE-PROXY-FIREWALL. */
export function firewallRules(scene: Scene, write: Write): void {
  const { port, settings, words, firewallChain, externalChain } = scene;
  if (!scene.firewalled) return;
  const { nodeAddress } = settings;
  const allow = (prefix: Prefix) =>
    write('nat', firewallChain, `${source(prefix)}${comment(`${words} loadbalancer IP`)} -j ${externalChain}`);
  for (const range of port.sourceRanges) allow(range);
  // A node that talks to the load balancer's IP may have that very address as its source.
  if (nodeAddress !== undefined && port.sourceRanges.some((range) => contains(range, nodeAddress) === true)) {
    for (const address of port.loadBalancerIPs) allow(hostPrefix(address));
  }
  if (holds('comment at the end of KUBE-FW', settings.minor)) {
    write('nat', firewallChain, comment(`other traffic to ${words} will be dropped by KUBE-PROXY-FIREWALL`));
  }
}

function fromPods(detector: Exclude<LocalDetector, { kind: 'none' }>): string {
  return detector.kind === 'cidr' ? source(detector.prefix) : ` -i ${detector.pattern}`;
}
