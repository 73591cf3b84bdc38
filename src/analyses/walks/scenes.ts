// The node as the walk of a packet may take it to be. What was not captured is taken at its most permissive: a packet that
// is stopped even then is stopped for certain. Where interfaces are not known, each that the rules could tell from others
// is tried, and only what holds in every one of these scenes is claimed.
import { type Address, type Family, familyOf } from '../../address.ts';
import type { InterfaceAddress, NodeFacts } from '../../netfilter/node-facts.ts';
import { lookUp } from '../../netfilter/routes.ts';
import { matchOf, type Ruleset } from '../../netfilter/ruleset.ts';
import type { NodeView } from '../node-view.ts';

export interface Scene {
  readonly facts: NodeFacts;
  readonly inInterface: string;
  /** In the order the kernel asks them. */
  readonly rulesets: readonly Ruleset[];
}

export interface Ends {
  readonly family: Family;
  readonly source: Address;
  readonly destination: Address | undefined;
  /** Whether the client is a pod of this node. */
  readonly pods: boolean;
}

export interface Scenes {
  readonly scenes: readonly Scene[];
  /** Where more than one was tried, or none: what would tell which it is. */
  readonly unknown: string | undefined;
}

/** For packets from `source`, which is not the node, to `destination`. Empty where too much is unknown. */
export function scenesFor(view: NodeView, { family, source, destination, pods }: Ends): Scenes {
  const orders = rulesetOrders(view, family);
  const captured = routedFacts(view, family);
  // What is sent to an address of the node comes in where the node has it.
  const at = pods ? undefined : captured?.addresses?.find(({ address }) => address === destination)?.interface;
  const known = captured && (at ?? inInterfaceOf(captured, family, source));
  if (captured !== undefined && known !== undefined) {
    const scenes = orders.map((rulesets) => ({ facts: permissive(captured, [known]), inInterface: known, rulesets }));
    return { scenes, unknown: undefined };
  }
  // Whether a backend is the node itself only its addresses tell.
  if (captured === undefined && ownAddresses(view, family).length === 0) return { scenes: [], unknown: undefined };
  const names = interfacesTold(view, family, pods);
  if (names.length > mostInterfaces) return { scenes: [], unknown };
  const scenes = names.flatMap((inInterface) =>
    (captured === undefined ? names : [undefined]).flatMap((out) =>
      orders.map((rulesets) => ({
        facts: permissive(captured ?? assumed(view, family, out ?? ''), [inInterface]),
        inInterface,
        rulesets,
      })),
    ),
  );
  return { scenes, unknown: names.length > 1 ? unknown : undefined };
}

const unknown = 'the node’s interfaces and routes (ip -j addr; ip -j route show table all; ip -j rule)';

/** Each is tried with each: their square is the number of walks. */
const mostInterfaces = 5;

/** Which backend the kernel asks first, the text does not tell. */
function rulesetOrders({ installed }: NodeView, family: Family): readonly (readonly Ruleset[])[] {
  const own = installed.rulesets.filter((each) => each.family === family);
  const others = installed.others.filter((each) => each.family === family);
  return others.length === 0
    ? [own]
    : [
        [...own, ...others],
        [...others, ...own],
      ];
}

/** The captured facts, where they hold addresses, routes and rules of the family. */
function routedFacts({ walk }: NodeView, family: Family): NodeFacts | undefined {
  const of = (address: string) => familyOf(address) === family;
  const whole =
    walk.addresses?.some(({ address }) => of(address)) === true &&
    walk.routes?.some(({ prefix }) => of(prefix.split('/')[0] ?? '')) === true;
  if (!whole) return undefined;
  return walk.rules?.some((rule) => rule.family === family) === true ? walk : { ...walk, rules: usualRules(family) };
}

function usualRules(family: Family): NonNullable<NodeFacts['rules']> {
  return ['local', 'main', 'default'].map((table) => ({ family, action: 'lookup', table }));
}

function inInterfaceOf(facts: NodeFacts, family: Family, source: Address): string | undefined {
  const query = { family, destination: source, source: undefined, mark: 0, inInterface: null };
  const answer = lookUp(facts, query);
  return answer.kind === 'route' && answer.type === 'unicast' ? answer.route?.interface : undefined;
}

/** A node that has its own addresses, and a way out for everything else. */
function assumed(view: NodeView, family: Family, out: string): NodeFacts {
  const addresses = ownAddresses(view, family).map(
    (address): InterfaceAddress => ({
      interface: out,
      address,
      prefixLength: family === 'IPv4' ? 32 : 128,
      scope: 'global',
    }),
  );
  const everything = family === 'IPv4' ? '0.0.0.0/0' : '::/0';
  return {
    addresses: [...loopback, ...addresses],
    routes: [{ table: 'main', type: 'unicast', prefix: everything, interface: out }],
    rules: usualRules(family),
  };
}

function ownAddresses({ cluster }: NodeView, family: Family): readonly Address[] {
  const told = cluster?.node?.addresses ?? [];
  return told.map(({ address }) => address).filter((address) => familyOf(address) === family);
}

const loopback: readonly InterfaceAddress[] = [
  { interface: 'lo', address: '127.0.0.1', prefixLength: 8, scope: 'host' },
  { interface: 'lo', address: '::1', prefixLength: 128, scope: 'host' },
];

/** Settings that were not captured stop no packet. */
function permissive(facts: NodeFacts, interfaces: readonly string[]): NodeFacts {
  const known = facts.sysctls ?? new Map<string, string>();
  const all = new Set([...interfaces, ...(facts.addresses ?? []).map((each) => each.interface)]);
  const defaults = new Map([
    ['net.ipv4.ip_forward', '1'],
    ['net.ipv6.conf.all.forwarding', '1'],
    ...['route_localnet', 'accept_local', 'rp_filter', 'src_valid_mark'].map(
      (setting) => [`net.ipv4.conf.all.${setting}`, '0'] as const,
    ),
  ]);
  const sysctls = new Map([...defaults, ...known]);
  for (const name of all) {
    for (const [setting, open] of openest) {
      const key = `net.ipv4.conf.${name.replaceAll('.', '/')}.${setting}`;
      if (!sysctls.has(key)) sysctls.set(key, open(sysctls.get(`net.ipv4.conf.all.${setting}`)));
    }
  }
  return { ...facts, sysctls };
}

/** The larger of an interface's own value and that of `all` holds; of rp_filter 2 asks for less than 1. */
const openest: readonly (readonly [string, (all: string | undefined) => string])[] = [
  ['route_localnet', () => '1'],
  ['accept_local', () => '1'],
  ['rp_filter', (all) => (all === '1' ? '2' : '0')],
  ['src_valid_mark', () => '0'],
];

/** One name for each set of interfaces that the rules treat alike, and one that no rule names. */
function interfacesTold({ installed, dispatches }: NodeView, family: Family, pods: boolean): readonly string[] {
  const detector = dispatches.find((each) => each.family === family)?.localDetector;
  if (pods && detector !== undefined && !detector.includes('/')) return [detector.replace(/\+$/, '0')];
  const names = new Set<string>(['eth-of-no-rule']);
  const rulesets = [...installed.rulesets, ...installed.others].filter((each) => each.family === family);
  for (const table of rulesets.flatMap(({ tables }) => tables)) {
    for (const chain of table.chains()) {
      // kube-proxy's own chains ask for the interfaces of pods at most.
      if (installed.chainRole(table.name, chain.name)?.kind !== undefined) continue;
      for (const rule of chain.rules()) {
        if (!/ -[io] /.test(rule.text)) continue;
        for (const kind of ['in-interface', 'out-interface'] as const) {
          const name = matchOf(rule, kind)?.name;
          if (name !== undefined && name !== 'lo') names.add(name.replace(/\+$/, '0'));
        }
      }
    }
  }
  return [...names];
}
