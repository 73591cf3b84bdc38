// What kube-proxy's node is called and where it is, and what its kernel and its iptables can do.
import { type Address, type Family, familyOf } from '../../../address.ts';
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import type { ProxiedCluster } from '../../proxier.ts';
import { nodeAddress, type ProxyFacts } from '../../proxy-facts.ts';
import { type Fact, fact, type Option } from './fact.ts';
import type { Learnt } from './learn.ts';

export function nodeFacts(
  ruleset: Ruleset,
  learnt: Learnt,
  cluster: ProxiedCluster,
  facts: ProxyFacts,
): readonly Fact[] {
  return [
    placeFact(cluster, facts),
    addressFact(ruleset.family, cluster, facts),
    conntrackFact(learnt, facts),
    fact('nfacct counters', true, [
      yesNo(learnt.counters, 'the rules', false, 'counters', 'kube-proxy counts with nfacct'),
      yesNo(!learnt.counters, 'assumed', false, 'counters', 'kube-proxy counts with nfacct'),
    ]),
    fact('random ports', true, [
      yesNo(
        !isOlder(ruleset, [1, 6, 2]),
        'the release of iptables',
        true,
        'randomFully',
        'masquerading takes random ports',
      ),
    ]),
  ];
}

/** The name decides what is local, the zone which hints are followed. kube-proxy may have started before its node had a zone. */
function placeFact({ ports, endpoints }: ProxiedCluster, { nodeName, node }: ProxyFacts): Fact {
  const all = ports.flatMap((port) => endpoints.of(port));
  const zones = [...new Set(all.flatMap(({ zoneHints }) => zoneHints))].sort();
  const names =
    nodeName === undefined
      ? [...new Set(all.flatMap((each) => [each.nodeName ?? [], each.nodeHints].flat()))].sort()
      : [nodeName];
  const place = (name: string | undefined, zone: string | undefined, from: string, told: boolean): Option => ({
    value: `${name ?? 'a node that is not known'}${zone === undefined ? ', without a zone' : ` in zone ${zone}`}`,
    from,
    told,
    patch: { node: { name, zone } },
  });
  if (nodeName !== undefined && node !== undefined) {
    return fact('node', true, [
      place(nodeName, node.zone, `Node ${node.name}`, true),
      // A zone that no hint names is as good as none.
      zones.length === 0 ? undefined : place(nodeName, undefined, 'the rules', false),
    ]);
  }
  return fact('node', true, [
    // A node without an endpoint of its own may follow hints all the same.
    ...(nodeName === undefined
      ? [undefined, ...zones].map((zone) =>
          place(undefined, zone, zone === undefined ? 'nobody says' : 'the rules', false),
        )
      : []),
    ...names.flatMap((name) => [undefined, ...zones].map((zone) => place(name, zone, 'the rules', false))),
  ]);
}

/** kube-proxy lets its own node through a load balancer's source ranges, where they hold the node's address. */
function addressFact(family: Family, { ports }: ProxiedCluster, facts: ProxyFacts): Fact {
  const ranged = ports.filter((port) => port.family === family && port.sourceRanges.length > 0);
  const option = (address: Address | undefined, from: string, told: boolean): Option => ({
    value: address ?? 'not known',
    from,
    told,
    patch: { nodeAddress: address },
  });
  const known = nodeAddress(facts, family);
  if (known !== undefined) {
    return fact('node address', false, [
      option(known, facts.node === undefined ? 'bindAddress' : 'the Node object', true),
    ]);
  }
  const own = (facts.interfaceAddresses ?? []).filter((address) => familyOf(address) === family);
  const within = ranged.flatMap(({ sourceRanges }) => sourceRanges.map((range) => range.slice(0, range.indexOf('/'))));
  const guesses = own.length > 0 ? own : [...new Set(within)].sort().slice(0, fewGuesses);
  return fact('node address', false, [
    option(undefined, 'nobody says', false),
    ...(ranged.length === 0 ? [] : guesses.map((address) => option(address, 'the rules', false))),
  ]);
}

/** Each is one more comparison of everything. */
const fewGuesses = 4;

// With nf_conntrack_tcp_be_liberal at its start kube-proxy leaves INVALID packets alone; it may have been set since.
function conntrackFact({ dropsInvalid }: Learnt, { sysctls }: ProxyFacts): Fact {
  const liberal = sysctls.get('net.netfilter.nf_conntrack_tcp_be_liberal');
  const words = 'INVALID packets are dropped';
  if (liberal === '0') return fact('conntrack', true, [yesNo(true, 'the node’s sysctl', true, 'dropInvalid', words)]);
  return fact('conntrack', true, [
    liberal === undefined ? undefined : yesNo(false, 'the node’s sysctl', true, 'dropInvalid', words),
    yesNo(dropsInvalid, 'the rules', false, 'dropInvalid', words),
  ]);
}

function yesNo(
  yes: boolean,
  from: string,
  told: boolean,
  key: 'counters' | 'randomFully' | 'dropInvalid',
  words: string,
): Option {
  return { value: `${words}: ${yes ? 'yes' : 'no'}`, from, told, patch: { [key]: yes } };
}

/** False where the text does not say by which iptables it was printed. */
function isOlder({ generatedBy }: Ruleset, release: readonly number[]): boolean {
  const parts = (generatedBy?.version ?? '').replace(/^v/, '').split('.').map(Number);
  if (parts.length < 2 || parts.some(Number.isNaN)) return false;
  for (const [index, wanted] of release.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
