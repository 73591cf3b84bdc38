// On which of the node's addresses node ports are open. pkg/proxy/util/nodeport_addresses.go NewNodePortAddresses, GetNodeIPs, v1.36.
import { type Address, contains, type Family, familyOf, type Prefix } from '../../../address.ts';
import type { ProxyConfig } from '../../../cluster/proxy-config.ts';
import { nodeAddress, type ProxyFacts } from '../../proxy-facts.ts';
import { type Fact, fact, type Option } from './fact.ts';
import type { Learnt } from './learn.ts';

export function nodePortFact(family: Family, learnt: Learnt, facts: ProxyFacts): Fact {
  const { config } = facts;
  const learntLocalhost = family === 'IPv4' && (learnt.localhostNodePorts ?? true);
  const told = config && configured(config.values, config.from, family, learnt, facts);
  // With the node's addresses in sight the configuration can mean only one thing. A rule too few is then a difference:
  // otherwise the one rule that tells would be right whatever it said.
  if (told !== undefined && told.patch.nodePortAddresses !== 'any' && facts.interfaceAddresses !== undefined) {
    return fact('node ports', false, [told]);
  }
  return fact('node ports', false, [
    told,
    learnt.nodePortAddresses && option(learnt.nodePortAddresses, learntLocalhost, 'the rules', false),
    option('any', family === 'IPv4', 'kube-proxy’s default', false),
  ]);
}

function configured(config: ProxyConfig, from: string, family: Family, learnt: Learnt, facts: ProxyFacts): Option {
  const asked = family === 'IPv4' && (config.localhostNodePorts ?? true);
  const prefixes = prefixesOf(config, family, facts);
  if (prefixes.length === 0 || prefixes.some((prefix) => prefix.endsWith('/0')))
    return option('any', asked, from, true);
  const covers = (address: Address) => prefixes.some((prefix) => contains(prefix, address) === true);
  const addresses = knownAddresses(family, learnt, facts).filter(covers);
  return option(addresses, asked && covers('127.0.0.1'), from, true);
}

/** A family without a CIDR of its own in the list is open on all addresses. */
function prefixesOf({ nodePortAddresses = [] }: ProxyConfig, family: Family, facts: ProxyFacts): readonly Prefix[] {
  if (nodePortAddresses[0] === 'primary') {
    const own = nodeAddress(facts, family);
    if (own === undefined || own === '127.0.0.1' || own === '::1') return [];
    return [`${own}/${family === 'IPv4' ? 32 : 128}`];
  }
  return nodePortAddresses.filter((prefix) => familyOf(prefix.replace(/\/.*/, '')) === family);
}

/** Without a look at the interfaces: those of the Node object, and those that the rules name. */
function knownAddresses(family: Family, learnt: Learnt, { interfaceAddresses, node }: ProxyFacts): readonly Address[] {
  const loopback = family === 'IPv4' ? '127.0.0.1' : '::1';
  const named = learnt.nodePortAddresses === 'any' ? [] : (learnt.nodePortAddresses ?? []);
  const told = node?.addresses.map(({ address }) => address) ?? [];
  const all = interfaceAddresses ?? [loopback, ...(named.length > 0 ? named : told)];
  return [...new Set(all)].filter((address) => familyOf(address) === family);
}

function option(
  nodePortAddresses: 'any' | readonly Address[],
  localhostNodePorts: boolean,
  from: string,
  told: boolean,
): Option {
  const where = nodePortAddresses === 'any' ? 'all addresses' : nodePortAddresses.join(', ') || 'no address';
  return {
    value: `open on ${where}${localhostNodePorts ? '' : ', not on localhost'}`,
    from,
    told,
    patch: {
      nodePortAddresses: nodePortAddresses === 'any' ? 'any' : [...nodePortAddresses].sort(),
      localhostNodePorts,
    },
  };
}
