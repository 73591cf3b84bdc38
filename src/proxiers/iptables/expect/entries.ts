// A service port's rules in the chains that all service ports share: by cluster IP, external IP, load balancer IP, node
// port, and what is refused for want of endpoints.
import type { Address } from '../../../address.ts';
import { externalServicesChain, nodePortsChain, proxyFirewallChain, servicesChain } from '../chain-names.ts';
import { holds } from '../releases.ts';
import { comment, countedBy, destination, destinationPort, protocol, rejected } from './printed.ts';
import { internalChain, type Scene, type Write } from './scene.ts';

export function addressRules(scene: Scene, write: Write): void {
  const { port, settings, words, hasEndpoints, hasInternal, hasExternal, externalChain, firewallChain } = scene;
  const refused = settings.refusesExternalIPs === true && holds('external IPs can be refused', settings.minor);
  const externalIPs = refused ? [] : port.externalIPs;
  const lead = (address: Address, label: string, chain: string) =>
    write('nat', servicesChain, `${matching(scene, address, `${words} ${label}`)} -j ${chain}`);
  const refuse = (address: Address) =>
    write('filter', externalServicesChain, `${matching(scene, address, refusal(scene))}${refusing(scene)}`);

  if (hasInternal) lead(port.clusterIP, 'cluster IP', internalChain(scene));
  else {
    write('filter', servicesChain, `${matching(scene, port.clusterIP, refusal(scene))}${refusing(scene)}`);
  }
  for (const address of externalIPs) {
    if (hasEndpoints) lead(address, 'external IP', externalChain);
    if (!hasExternal) refuse(address);
  }
  for (const address of port.loadBalancerIPs) {
    if (hasEndpoints) lead(address, 'loadbalancer IP', scene.firewalled ? firewallChain : externalChain);
    if (scene.firewalled) {
      const label = `${words} traffic not accepted by ${firewallChain}`;
      write('filter', proxyFirewallChain, `${matching(scene, address, label)} -j DROP`);
    }
    if (!hasExternal) refuse(address);
  }
  nodePortRules(scene, write);
}

/** The node port's refusal looks at the kind of the address, whichever addresses have node ports. */
function nodePortRules(scene: Scene, write: Write): void {
  const { port, settings, words, hasEndpoints, hasExternal, externalChain } = scene;
  const { protocol: proto } = port.name;
  if (port.nodePort !== undefined) {
    const toPort = destinationPort(proto, port.nodePort);
    const match = `${protocol(proto)}${comment(words)}${toPort}`;
    if (hasEndpoints) {
      if (settings.counters && settings.localhostNodePorts && holds('nfacct counters', settings.minor)) {
        const counted = countedBy('localhost_nps_accepted_pkts');
        write('nat', nodePortsChain, ` -d 127.0.0.0/8${match}${counted} -j ${externalChain}`);
      }
      write('nat', nodePortsChain, `${match} -j ${externalChain}`);
    }
    if (!hasExternal) {
      const local = `${comment(refusal(scene))} -m addrtype --dst-type LOCAL`;
      write('filter', externalServicesChain, `${protocol(proto)}${local}${toPort}${refusing(scene)}`);
    }
  }
  if (port.healthCheckNodePort !== undefined) {
    const label = comment(`${words} health check node port`);
    const toPort = destinationPort('TCP', port.healthCheckNodePort);
    write('filter', nodePortsChain, `${protocol('TCP')}${label}${toPort} -j ACCEPT`);
  }
}

function matching({ port }: Scene, address: Address, label: string): string {
  const { protocol: proto } = port.name;
  return `${destination(address)}${protocol(proto)}${comment(label)}${destinationPort(proto, port.port)}`;
}

function refusal({ words, hasEndpoints }: Scene): string {
  return hasEndpoints ? `${words} has no local endpoints` : `${words} has no endpoints`;
}

function refusing({ hasEndpoints, settings }: Scene): string {
  return hasEndpoints ? ' -j DROP' : rejected(settings.family);
}
