// A ruleset that kube-proxy wrote in iptables mode, read as frontends and backends.
import { type Address, type Family, hostPort } from '../../address.ts';
import { leadsIn } from '../../netfilter/chain-graph.ts';
import { type Chain, matchOf, type Rule, type Ruleset, type Table } from '../../netfilter/ruleset.ts';
import type { Balance, Dispatch, Frontend, LooseChain, Owner } from '../dispatch.ts';
import { once } from '../once.ts';
import type { ServicePort } from '../service-ports.ts';
import { readBalance } from './balance.ts';
import { missingJumps } from './base-jumps.ts';
import { nodePortsChain, servicesChain, splitHashedName } from './chain-names.ts';
import { firstTaker } from './first-taker.ts';
import { readFrontends } from './frontends.ts';
import { detectorText, type LocalDetector, localDetector } from './local-detector.ts';
import { Owners } from './owners.ts';
import { commentOf, dnatEndpoint, readServiceRule, soleAddress } from './service-rule.ts';

/** `ports` are the API's service ports, of both families; empty where only the rules are at hand. */
export function dissect(ruleset: Ruleset, ports: readonly ServicePort[]): Dispatch {
  const nat = tableOf(ruleset, 'nat');
  const filter = tableOf(ruleset, 'filter');
  const { family } = ruleset;
  const owners = new Owners(ports, family);
  const detector = localDetector(nat);
  const references = once(() => jumpsInto(nat));
  const balances = balanceReader(nat, family, owners, references, detector);
  const open = nodePortAddresses(nat);
  const frontends = readFrontends({
    family,
    nat,
    filter,
    owners,
    detector,
    nodePortAddresses: open === 'any' ? [] : open,
    balance: balances.of,
  });
  const loose = once(() => looseChains(nat, frontends, balances.all(), owners, references()));
  return {
    family,
    frontends,
    get balances() {
      return balances.all();
    },
    get loose() {
      return loose();
    },
    missingJumps: missingJumps(nat, filter),
    nodePortAddresses: open,
    healthCheckPorts: healthCheckPorts(filter),
    localDetector: detectorText(detector),
    firstTaker: (frontend, client, node) => firstTaker(ruleset, detector, frontend, client, node),
  };
}

/** An absent table is an empty one here: whether the text can be trusted is asked before. */
function tableOf(ruleset: Ruleset, name: string): Table {
  return ruleset.tables.find((table) => table.name === name) ?? emptyTable(name);
}

function emptyTable(name: string): Table {
  const none = () => [];
  return {
    name,
    line: 0,
    committed: true,
    chainCount: 0,
    ruleCount: 0,
    chain: () => undefined,
    chainNames: none,
    numberOf: () => undefined,
    nameOf: () => '',
    reads: () => false,
    chains: none,
    rules: none,
  };
}

/** Rules by the hashed chain they lead to. */
function jumpsInto(nat: Table): ReadonlyMap<string, readonly Rule[]> {
  const leads = leadsIn(nat).filter(({ to }) => splitHashedName(to) !== undefined);
  const references = Map.groupBy(leads, ({ to }) => to);
  return new Map([...references].map(([chain, group]) => [chain, group.map(({ rule }) => rule)]));
}

function balanceReader(
  nat: Table,
  family: Family,
  owners: Owners,
  references: () => ReadonlyMap<string, readonly Rule[]>,
  detector: LocalDetector,
): { of: (chain: string) => Balance | undefined; all: () => readonly Balance[] } {
  const balances = new Map<string, Balance | undefined>();
  const of = (name: string) => {
    if (balances.has(name)) return balances.get(name);
    const prefix = splitHashedName(name)?.prefix;
    const chain = nat.chain(name);
    const balancing = prefix === 'KUBE-SVC-' || prefix === 'KUBE-SVL-' || prefix === 'KUBE-XLB-';
    const balance =
      balancing && chain !== undefined
        ? readBalance(
            nat,
            chain,
            owners.ofChain(name, () => witnesses(chain, references())),
            family,
            detector,
          )
        : undefined;
    balances.set(name, balance);
    return balance;
  };
  const all = once(() => [...nat.chains()].flatMap(({ name }) => of(name) ?? []));
  return { of, all };
}

function witnesses(chain: Chain, references: ReadonlyMap<string, readonly Rule[]>): readonly Rule[] {
  return [...(references.get(chain.name) ?? []), ...chain.rules()];
}

/** Hashed chains that no frontend's traffic can reach, or whose owner the API does not have. */
function looseChains(
  nat: Table,
  frontends: readonly Frontend[],
  balances: readonly Balance[],
  owners: Owners,
  references: ReadonlyMap<string, readonly Rule[]>,
): readonly LooseChain[] {
  const reached = new Set<string>();
  const pending = frontends.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const { target } of nat.chain(name)?.rules() ?? []) {
      if (target.kind === 'jump' || target.kind === 'goto') pending.push(target.chain);
    }
  }
  const ownerByChain = new Map(balances.map(({ chain, owner }) => [chain, owner]));
  const loose: LooseChain[] = [];
  for (const chain of nat.chains()) {
    const hashed = splitHashedName(chain.name);
    if (hashed === undefined || reached.has(chain.name)) continue;
    const seen = witnesses(chain, references);
    const owner = ownerByChain.get(chain.name) ?? ownerOf(chain, hashed.prefix, owners, seen);
    const comment = seen.map(commentOf).find((text) => text !== undefined);
    const referenced = references.has(chain.name);
    loose.push({
      table: nat.name,
      chain: chain.name,
      ofBackend: hashed.prefix === 'KUBE-SEP-',
      owner,
      comment,
      referenced,
      rules: chain.rules(),
    });
  }
  return loose;
}

function ownerOf(chain: Chain, prefix: string, owners: Owners, seen: readonly Rule[]): Owner {
  if (prefix !== 'KUBE-SEP-') return owners.ofChain(chain.name, () => seen);
  return owners.ofEndpointChain(chain, endpointOf(chain), seen);
}

/** `ip:port` of the DNAT in an endpoint's chain. */
function endpointOf(chain: Chain): string | undefined {
  for (const rule of chain.rules()) {
    const endpoint = dnatEndpoint(rule);
    if (endpoint !== undefined) return hostPort(endpoint.address, endpoint.port);
  }
  return undefined;
}

/** The rules at the end of nat/KUBE-SERVICES that open the node ports. util/nodeport_addresses.go GetNodeIPs */
function nodePortAddresses(nat: Table): 'any' | readonly Address[] {
  const addresses: Address[] = [];
  for (const rule of nat.chain(servicesChain)?.rules() ?? []) {
    const { target } = rule;
    if (target.kind !== 'jump' || target.chain !== nodePortsChain) continue;
    const destination = matchOf(rule, 'destination');
    if (destination === undefined || destination.negated) return 'any';
    const address = soleAddress(destination.prefix);
    if (address !== undefined) addresses.push(address);
  }
  return addresses.sort();
}

function healthCheckPorts(filter: Table): Dispatch['healthCheckPorts'] {
  return (filter.chain(nodePortsChain)?.rules() ?? []).flatMap((rule) => {
    const read = readServiceRule(rule);
    return read === undefined ? [] : [{ port: read.port, rule }];
  });
}
