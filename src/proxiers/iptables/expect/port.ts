// All rules that one service port makes kube-proxy write. pkg/proxy/iptables/proxier.go syncProxyRules, the loop over
// service ports, v1.36.
import type { Endpoint } from '../../endpoints.ts';
import { type ServicePort, servicePortNameString } from '../../service-ports.ts';
import { categorizeEndpoints } from '../../topology.ts';
import { servicePortHash } from '../chain-names.ts';
import type { Settings } from '../settings.ts';
import { balanceRules, endpointChains, endpointRules } from './endpoint-chains.ts';
import { addressRules } from './entries.ts';
import type { ExpectedPort } from './expected.ts';
import { externalRules, firewallRules } from './external-chains.ts';
import type { Scene, Write } from './scene.ts';
import { asNamed, asServed } from './served-port.ts';

/** `endpoints` are the port's, usable or not, in kube-proxy's order. `large` is of the whole cluster. */
export function expectPort(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  settings: Settings,
  large: boolean,
): ExpectedPort {
  const rules: ExpectedPort['rules'][number][] = [];
  writePort(port, endpoints, settings, large, (table, chain, rest, commentVaries = false) => {
    rules.push({ table, chain, text: `-A ${chain}${rest}`, port, commentVaries });
  });
  return { port, rules };
}

/** The same rule by rule, for a reader that need not hold them. */
export function writePort(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  settings: Settings,
  large: boolean,
  write: Write,
): void {
  const scene = sceneOf(port, endpoints, settings, large);
  addressRules(scene, write);
  if (scene.hasEndpoints) {
    externalRules(scene, write);
    firewallRules(scene, write);
    const chains = endpointChains(scene);
    balanceRules(scene, chains, write);
    endpointRules(scene, chains, write);
  }
}

function sceneOf(original: ServicePort, endpoints: readonly Endpoint[], settings: Settings, large: boolean): Scene {
  const port = asServed(original, settings.minor);
  const {
    cluster = [],
    local = [],
    hasEndpoints,
  } = categorizeEndpoints(asNamed(endpoints, settings.minor), port, settings.node, settings.topology);
  const hash = servicePortHash(port.name);
  return {
    port,
    settings,
    large,
    words: servicePortNameString(port.name),
    clusterChain: `KUBE-SVC-${hash}`,
    localChain: `KUBE-SVL-${hash}`,
    externalChain: `KUBE-EXT-${hash}`,
    firewallChain: `KUBE-FW-${hash}`,
    cluster,
    local,
    hasEndpoints,
    hasInternal: hasEndpoints && (!port.internalPolicyLocal || local.length > 0),
    hasExternal: hasEndpoints && (!port.externalPolicyLocal || local.length > 0),
    firewalled: hasEndpoints && port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0,
  };
}
