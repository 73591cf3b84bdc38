// The ways in: cluster IPs, external IPs, load balancer IPs and node ports, and what becomes of a new connection there.
// nat decides first; what it does not rewrite meets the REJECT and DROP rules of filter.
import type { Address, Family } from '../../address.ts';
import type { Protocol } from '../../cluster/snapshot.ts';
import { reachableFrom } from '../../netfilter/chain-graph.ts';
import { type Fraction, one, plus } from '../../netfilter/fraction.ts';
import { type Chain, matchOf, type Rule, type Table } from '../../netfilter/ruleset.ts';
import { type End, traverse } from '../../netfilter/traverse.ts';
import type { Balance, Client, Frontend, FrontendType, Owner, Route } from '../dispatch.ts';
import { once } from '../once.ts';
import {
  externalServicesChain,
  markDropChain,
  markMasqChain,
  nodePortsChain,
  proxyFirewallChain,
  servicesChain,
  splitHashedName,
} from './chain-names.ts';
import { clientPacket, fitsSource, type LocalDetector } from './local-detector.ts';
import { type Owners, sameOwner } from './owners.ts';
import { readServiceRule, type ServiceRule } from './service-rule.ts';

export interface FrontendContext {
  readonly family: Family;
  readonly nat: Table;
  readonly filter: Table;
  readonly owners: Owners;
  readonly detector: LocalDetector;
  /** Empty: node ports are open on every address of the node. */
  readonly nodePortAddresses: readonly Address[];
  /** The balance of a chain that shares out connections; `undefined` for any other. */
  balance(chain: string): Balance | undefined;
}

/** What the rules say about one address and port. */
interface WayIn {
  readonly address: Address | undefined;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nat: ServiceRule[];
  readonly filter: ServiceRule[];
}

export function readFrontends(context: FrontendContext): readonly Frontend[] {
  const ways = new Map<string, WayIn>();
  const note = (rule: ServiceRule, address: Address | undefined, table: 'nat' | 'filter') => {
    const key = `${address ?? ''} ${rule.protocol} ${rule.port}`;
    let way = ways.get(key);
    if (way === undefined) {
      way = { address, protocol: rule.protocol, port: rule.port, nat: [], filter: [] };
      ways.set(key, way);
    }
    way[table].push(rule);
  };
  for (const rule of serviceRules(context.nat.chain(servicesChain))) {
    if (rule.address !== undefined) note(rule, rule.address, 'nat');
  }
  for (const rule of serviceRules(context.nat.chain(nodePortsChain))) note(rule, undefined, 'nat');
  for (const name of [servicesChain, externalServicesChain, proxyFirewallChain]) {
    for (const rule of serviceRules(context.filter.chain(name))) {
      if (rule.address !== undefined) note(rule, rule.address, 'filter');
      else if (rule.localDestination) note(rule, undefined, 'filter');
    }
  }
  return [...ways.values()].flatMap((way) => frontendsOf(way, context));
}

function serviceRules(chain: Chain | undefined): readonly ServiceRule[] {
  return chain?.rules().flatMap((rule) => readServiceRule(rule) ?? []) ?? [];
}

/** Usually one. Two where rules of two owners stand for the same address and port: the second gets nothing. */
function frontendsOf(way: WayIn, context: FrontendContext): readonly Frontend[] {
  const frontends: Frontend[] = [];
  const takers = way.nat.filter(({ rule }) => entryChain(rule) !== undefined);
  const winner = takers.find(({ loopback }) => !loopback) ?? takers[0];
  const entry = winner && entryChain(winner.rule);
  if (winner !== undefined && entry !== undefined) {
    const owner = ownerOfEntry(winner, entry, way, context);
    const mine = takers.filter((taker) =>
      sameOwner(ownerOfEntry(taker, entryChain(taker.rule) ?? '', way, context), owner),
    );
    const filters = way.filter.filter((refusal) => sameOwner(ownerOfRefusal(refusal, way, context), owner));
    frontends.push(frontend(way, owner, entry, [...way.nat.filter(marksOnly), ...mine], filters, undefined, context));
    for (const taker of takers) {
      const chain = entryChain(taker.rule) ?? '';
      const other = ownerOfEntry(taker, chain, way, context);
      if (sameOwner(other, owner) || frontends.some((known) => sameOwner(known.owner, other))) continue;
      frontends.push(frontend(way, other, chain, [taker], [], winner.rule, context));
    }
  }
  for (const refusal of way.filter) {
    const owner = ownerOfRefusal(refusal, way, context);
    if (frontends.some((known) => sameOwner(known.owner, owner))) continue;
    const mine = way.filter.filter((other) => sameOwner(ownerOfRefusal(other, way, context), owner));
    frontends.push(frontend(way, owner, undefined, [], mine, winner?.rule, context));
  }
  return frontends;
}

function marksOnly({ rule }: ServiceRule): boolean {
  return rule.target.kind === 'jump' && rule.target.chain === markMasqChain;
}

/** The chain a dispatch rule leads to; `undefined` for a rule that only marks. */
function entryChain({ target }: Rule): string | undefined {
  return (target.kind === 'jump' || target.kind === 'goto') && target.chain !== markMasqChain
    ? target.chain
    : undefined;
}

function ownerOfEntry({ rule }: ServiceRule, chain: string, way: WayIn, context: FrontendContext): Owner {
  if (splitHashedName(chain) === undefined) return context.owners.ofRefusal(rule, way.address, way.protocol, way.port);
  return context.owners.ofChain(chain, () => [rule]);
}

function ownerOfRefusal({ rule }: ServiceRule, way: WayIn, context: FrontendContext): Owner {
  return context.owners.ofRefusal(rule, way.address, way.protocol, way.port);
}

function frontend(
  way: WayIn,
  owner: Owner,
  entry: string | undefined,
  nat: readonly ServiceRule[],
  filter: readonly ServiceRule[],
  shadowedBy: Rule | undefined,
  context: FrontendContext,
): Frontend {
  const ranges = entry === undefined ? [] : sourceRanges(context.nat.chain(entry));
  const route = (client: Client) => once(() => routeOf(client, way, entry, nat, filter, ranges, context));
  const [pods, node, outside] = [route('pods'), route('node'), route('outside')];
  return {
    family: context.family,
    type: typeOf(way, owner, nat, filter),
    address: way.address,
    openOn: way.address === undefined ? context.nodePortAddresses : [],
    port: way.port,
    protocol: way.protocol,
    owner,
    chain: entry,
    sourceRanges: ranges,
    routes: {
      get pods() {
        return pods();
      },
      get node() {
        return node();
      },
      get outside() {
        return outside();
      },
    },
    rules: [...nat, ...filter].map(({ rule }) => rule),
    get balances() {
      return balancesFrom(entry, context);
    },
    get entryRules() {
      return entry === undefined || onlyBalances(entry) ? [] : entryRules(context.nat, entry);
    },
    shadowedBy,
  };
}

/** Whoever the client is: the rules may treat some that `routes` does not know of differently. */
function balancesFrom(entry: string | undefined, context: FrontendContext): readonly Balance[] {
  if (entry === undefined) return [];
  return [...reachableFrom(context.nat, entry)].flatMap((chain) => context.balance(chain) ?? []);
}

/** A `KUBE-FW-` chain leads to a `KUBE-EXT-` chain, that one to those that share out. */
function entryRules(nat: Table, entry: string): readonly Rule[] {
  const rules = nat.chain(entry)?.rules() ?? [];
  const next = rules.flatMap(({ target }) =>
    target.kind === 'jump' && isExternal(target.chain) ? [target.chain] : [],
  );
  return [...rules, ...[...new Set(next)].flatMap((chain) => nat.chain(chain)?.rules() ?? [])];
}

function isExternal(chain: string): boolean {
  const prefix = splitHashedName(chain)?.prefix;
  return prefix === 'KUBE-EXT-' || prefix === 'KUBE-XLB-';
}

/** The API knows what its addresses are; a comment says it where the API does not. */
function typeOf(
  { address }: WayIn,
  owner: Owner,
  nat: readonly ServiceRule[],
  filter: readonly ServiceRule[],
): FrontendType {
  if (address === undefined) return 'NodePort';
  const comment = [...nat, ...filter].map((rule) => rule.comment ?? '').join('\n');
  if (/ cluster IP$/m.test(comment)) return 'ClusterIP';
  if (/ external IP$/m.test(comment)) return 'ExternalIP';
  if (/ loadbalancer IP$/m.test(comment)) return 'LoadBalancer';
  if (owner.kind === 'known') {
    if (owner.port.externalIPs.includes(address)) return 'ExternalIP';
    if ([...owner.port.loadBalancerIPs, ...owner.port.proxyModeIPs].includes(address)) return 'LoadBalancer';
  }
  return filter.some(({ rule }) => rule.ref.chain === externalServicesChain) ? 'ExternalIP' : 'ClusterIP';
}

/** `KUBE-FW-X -s RANGE -j KUBE-EXT-X`: who may use a load balancer IP. */
function sourceRanges(chain: Chain | undefined): readonly string[] {
  if (chain === undefined || splitHashedName(chain.name)?.prefix !== 'KUBE-FW-') return [];
  const letThrough = chain.rules().filter(({ target }) => target.kind === 'jump' && splitHashedName(target.chain));
  const ranges = letThrough.flatMap((rule) => {
    const source = matchOf(rule, 'source');
    return source === undefined || source.negated ? ['any'] : [source.prefix];
  });
  return ranges.includes('any') ? [] : [...new Set(ranges)];
}

function routeOf(
  client: Client,
  way: WayIn,
  entry: string | undefined,
  nat: readonly ServiceRule[],
  filter: readonly ServiceRule[],
  ranges: readonly string[],
  context: FrontendContext,
): Route {
  const refusal = refusalRoute(filter);
  const chain = entry === undefined ? undefined : context.nat.chain(entry);
  if (entry === undefined) return refusal;
  if (chain === undefined) return { ...refusal, action: 'undecided', rule: nat[0]?.rule };
  const markedBefore = nat.some((rule) => marksOnly(rule) && marks(rule.rule, client, context));
  const direct = onlyBalances(entry) ? context.balance(entry) : undefined;
  if (direct !== undefined) {
    const masquerade = markedBefore || marksThere(direct, client, way, context);
    return balanceRoute([{ balance: direct, weight: one }], masquerade, context);
  }
  const packet = {
    ...clientPacket(client, context.family, context.detector, ranges, way.address),
    protocol: way.protocol.toLowerCase(),
  };
  const stops = (name: string) => name === markDropChain || onlyBalances(name);
  return routeOfEnds(traverse(context.nat, chain, packet, stops), client, way, markedBefore, refusal, context);
}

/** `KUBE-XLB-` chains (to 1.23) balance, too, but only what other clients' rules have left. */
function onlyBalances(chain: string): boolean {
  const prefix = splitHashedName(chain)?.prefix;
  return prefix === 'KUBE-SVC-' || prefix === 'KUBE-SVL-';
}

function routeOfEnds(
  ends: readonly End[],
  client: Client,
  way: WayIn,
  markedBefore: boolean,
  refusal: Route,
  context: FrontendContext,
): Route {
  const weights = new Map<string, Fraction>();
  let masquerade: boolean | undefined = markedBefore;
  for (const end of ends) {
    if (end.kind === 'fell-through') continue;
    if (end.kind === 'undecided') return { ...refusal, action: 'undecided', rule: end.rule };
    const chain = balancingChain(end);
    if (chain === markDropChain) return dropMark(end.rule, context);
    const balance = chain === undefined ? undefined : context.balance(chain);
    if (chain === undefined || balance === undefined) return { ...refusal, action: 'undecided', rule: end.rule };
    const before = weights.get(chain);
    weights.set(chain, before === undefined ? end.weight : plus(before, end.weight));
    const marked = end.effects.filter(({ rule }) => rule.ref.chain === markMasqChain && !isHairpin(end));
    const markedThere = onlyBalances(chain) && marksThere(balance, client, way, context);
    if (markedThere || marked.some(({ certain }) => certain)) masquerade = true;
    else if (marked.length > 0 && masquerade === false) masquerade = undefined;
  }
  const through = [...weights].flatMap(([chain, weight]) => {
    const balance = context.balance(chain);
    return balance === undefined ? [] : [{ balance, weight }];
  });
  return through.length === 0 ? refusal : balanceRoute(through, masquerade, context);
}

/** The chain whose rule led to an endpoint's chain, or at whose door the walk stopped. */
function balancingChain(end: End): string | undefined {
  const { rule } = end;
  if (end.kind === 'stopped') {
    return rule?.target.kind === 'jump' || rule?.target.kind === 'goto' ? rule.target.chain : undefined;
  }
  if (rule?.target.kind !== 'DNAT') return undefined;
  return end.path.find(({ target }) => target.kind === 'jump' && target.chain === rule.ref.chain)?.ref.chain;
}

/** Inside an endpoint's chain the mark is for the endpoint's own connections. */
function isHairpin(end: End): boolean {
  return end.kind === 'target';
}

function balanceRoute(through: Route['through'], masquerade: boolean | undefined, context: FrontendContext): Route {
  const undecided = through.find(({ balance }) => balance.backends.length === 0 && balance.undecidedAt !== undefined);
  if (undecided !== undefined) {
    return { action: 'undecided', through, masquerade, rule: undecided.balance.undecidedAt };
  }
  // In 1.24 a KUBE-SVL chain without endpoints has one rule, which drops.
  if (through.every(({ balance }) => balance.backends.length === 0)) {
    const drop = through.flatMap(({ balance }) => balance.rules).find((rule) => entryChain(rule) === markDropChain);
    if (drop !== undefined) return dropMark(drop, context);
  }
  return { action: 'balance', through, masquerade, rule: undefined };
}

/** To 1.24: a mark that filter/KUBE-FIREWALL drops. Without its rule, which kubelet wrote, nothing is dropped. */
function dropMark(rule: Rule | undefined, { nat }: FrontendContext): Route {
  const works = (nat.chain(markDropChain)?.ruleCount ?? 0) > 0;
  return { action: works ? 'drop' : 'none', through: [], masquerade: false, rule };
}

function refusalRoute(filter: readonly ServiceRule[]): Route {
  for (const { rule } of filter) {
    if (rule.target.kind === 'REJECT') return { action: 'reject', through: [], masquerade: false, rule };
    if (rule.target.kind === 'verdict' && rule.target.verdict === 'DROP') {
      return { action: 'drop', through: [], masquerade: false, rule };
    }
  }
  return { action: 'none', through: [], masquerade: undefined, rule: undefined };
}

/** Whether the chain that shares out marks what comes by this way in: its rules may be for another way to the same port. */
function marksThere({ rules }: Balance, client: Client, way: WayIn, context: FrontendContext): boolean {
  return rules.some((rule) => {
    const { target } = rule;
    if (target.kind !== 'jump' || target.chain !== markMasqChain) return false;
    const read = readServiceRule(rule);
    const isFor = read === undefined || (read.address === way.address && read.port === way.port);
    return isFor && marks(rule, client, context);
  });
}

/** To 1.21 the masquerade rule stands before the dispatch rule, in the same chain. */
function marks(rule: Rule, client: Client, { family, detector }: FrontendContext): boolean {
  return fitsSource(rule, clientPacket(client, family, detector, []));
}
