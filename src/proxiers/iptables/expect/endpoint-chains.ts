// KUBE-SVC and KUBE-SVL, which share out connections, and a KUBE-SEP for each endpoint that one of them uses.
// pkg/proxy/iptables/proxier.go writeServiceToEndpointRules, v1.36.
import { hostPort } from '../../../address.ts';
import type { Endpoint } from '../../endpoints.ts';
import { endpointHash, markMasqChain } from '../chain-names.ts';
import { chanceOf, comment, destination, destinationPort, hostPrefix, protocol, wholeSource } from './printed.ts';
import { internalChain, type Scene, type Write } from './scene.ts';

/** The chain of each endpoint that either policy uses. */
export function endpointChains({ port, cluster, local }: Scene): ReadonlyMap<Endpoint, string> {
  const chains = new Map<Endpoint, string>();
  for (const list of [cluster, local]) {
    for (const endpoint of list) {
      if (!chains.has(endpoint)) chains.set(endpoint, `KUBE-SEP-${endpointHash(port.name, endpoint.id)}`);
    }
  }
  return chains;
}

export function balanceRules(scene: Scene, chains: ReadonlyMap<Endpoint, string>, write: Write): void {
  if (scene.hasInternal) masqueradeRule(scene, write);
  shareOut(scene, scene.clusterChain, scene.cluster, chains, write);
  shareOut(scene, scene.localChain, scene.local, chains, write);
}

/** What comes to the cluster IP from outside the cluster must come back through this node. */
function masqueradeRule(scene: Scene, write: Write): void {
  const { port, settings, words } = scene;
  const { detector, masqueradeAll } = settings;
  if (detector.kind === 'none' && !masqueradeAll) return;
  const notFrom = !masqueradeAll && detector.kind === 'cidr' ? ` ! -s ${detector.prefix}` : '';
  const notThrough = !masqueradeAll && detector.kind === 'interface' ? ` ! -i ${detector.pattern}` : '';
  const { protocol: proto } = port.name;
  const to = `${notFrom}${destination(port.clusterIP)}${notThrough}${protocol(proto)}`;
  const label = `${comment(`${words} cluster IP`)}${destinationPort(proto, port.port)}`;
  write('nat', internalChain(scene), `${to}${label} -j ${markMasqChain}`);
}

function shareOut(
  { port, settings, words, large }: Scene,
  chain: string,
  endpoints: readonly Endpoint[],
  chains: ReadonlyMap<Endpoint, string>,
  write: Write,
): void {
  const label = ({ id }: Endpoint) => (large ? '' : comment(`${words} -> ${id}`));
  if (port.affinitySeconds !== undefined) {
    const within = ` -m recent --rcheck --seconds ${port.affinitySeconds} --reap --name `;
    const whole = wholeSource(settings.family);
    for (const endpoint of endpoints) {
      const to = chains.get(endpoint);
      write('nat', chain, `${label(endpoint)}${within}${to}${whole} -j ${to}`, true);
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const left = endpoints.length - index;
    write('nat', chain, `${label(endpoint)}${left > 1 ? chanceOf(left) : ''} -j ${chains.get(endpoint)}`, true);
  }
}

export function endpointRules(
  { port, settings, words, large }: Scene,
  chains: ReadonlyMap<Endpoint, string>,
  write: Write,
): void {
  const label = large ? '' : comment(words);
  const proto = port.name.protocol.toLowerCase();
  const whole = wholeSource(settings.family);
  for (const [{ address, port: at }, chain] of chains) {
    const remember = port.affinitySeconds === undefined ? '' : ` -m recent --set --name ${chain}${whole}`;
    // An endpoint that reaches itself through the Service would answer itself directly.
    write('nat', chain, ` -s ${hostPrefix(address)}${label} -j ${markMasqChain}`, true);
    write(
      'nat',
      chain,
      ` -p ${proto}${label}${remember} -m ${proto} -j DNAT --to-destination ${hostPort(address, at)}`,
      true,
    );
  }
}
