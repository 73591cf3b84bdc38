// Where the node's routing tables send a packet: rules in their order, the longest prefix in each table, the lowest
// metric among its equals (fib_rules_lookup, net/core/fib_rules.c; fib_table_lookup, net/ipv4/fib_trie.c).
import { type Address, addressFrom, addressNumber, contains, type Family, familyOf } from '../address.ts';
import { all, negate, type Tri } from './extensions/extension.ts';
import { isInterface } from './matches.ts';
import type { NodeFacts, Route, RouteType, RoutingRule } from './node-facts.ts';
import type { Interface } from './packet.ts';

/** What is asked of the tables. */
export interface RouteQuery {
  readonly family: Family;
  readonly destination: Address | undefined;
  readonly source: Address | undefined;
  readonly mark: number | undefined;
  /** `null` for a packet the node itself sends. */
  readonly inInterface: Interface | undefined;
}

export type RouteAnswer =
  | { readonly kind: 'route'; readonly type: Exclude<RouteType, 'throw'>; readonly route: Route | undefined }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly fact: string };

/** Where the packet would be sent. `unknown` names what is missing. */
export function lookUp(facts: NodeFacts, query: RouteQuery): RouteAnswer {
  if (query.destination === undefined) return unknown('the destination of the packet');
  const local = localRoutes(facts, query.family);
  if (local === undefined) return unknown('the addresses of the node');
  const own = inTable(local, query);
  if (facts.rules === undefined) {
    // The local table is asked first on every node that was not made to do otherwise, which only the rules tell.
    return unknown('the routing rules of the node');
  }
  const rules = facts.rules.filter(({ family }) => family === query.family);
  return follow(rules, 0, facts, query, own);
}

function follow(
  rules: readonly RoutingRule[],
  start: number,
  facts: NodeFacts,
  query: RouteQuery,
  own: Route | undefined,
): RouteAnswer {
  for (let at = start; at < rules.length; at++) {
    const rule = rules[at];
    const selected = rule && selects(rule, query);
    if (rule === undefined || selected === false) continue;
    const answer = answerOf(rule, facts, query, own);
    if (selected === true) {
      if (answer !== undefined) return answer;
      continue;
    }
    // It may be that the rule is not asked: then the others answer.
    const otherwise = follow(rules, at + 1, facts, query, own);
    if (answer !== undefined && JSON.stringify(answer) === JSON.stringify(otherwise)) return answer;
    return answer === undefined
      ? otherwise
      : unknown(query.mark === undefined ? 'the mark of the packet' : 'what a routing rule selects');
  }
  return { kind: 'none' };
}

/** `undefined` where the rule has no answer and the next one is asked. */
function answerOf(
  rule: RoutingRule,
  facts: NodeFacts,
  query: RouteQuery,
  own: Route | undefined,
): RouteAnswer | undefined {
  if (rule.more) return unknown('what a routing rule selects');
  if (rule.action !== 'lookup') return { kind: 'route', type: rule.action, route: undefined };
  if (rule.table === 'local') return own && found(own);
  if (facts.routes === undefined) return unknown('the routes of the node');
  const route = inTable(
    facts.routes.filter(
      ({ table, prefix }) => table === rule.table && familyOf(prefix.split('/')[0] ?? '') === query.family,
    ),
    query,
  );
  return route && found(route);
}

function found(route: Route): RouteAnswer | undefined {
  return route.type === 'throw' ? undefined : { kind: 'route', type: route.type, route };
}

function selects(rule: RoutingRule, query: RouteQuery): Tri {
  const { from, to, mark, inInterface, outInterface } = rule;
  return negate(
    rule.not === true,
    all(
      from === undefined || (query.source === undefined ? undefined : contains(from, query.source)),
      to === undefined || (query.destination === undefined ? undefined : contains(to, query.destination)),
      mark === undefined ||
        (query.mark === undefined ? undefined : (query.mark & mask32(mark.mask)) >>> 0 === mark.value),
      // A packet of the node's own comes in by the loopback device, as far as the rules go.
      inInterface === undefined || isInterface(inInterface, query.inInterface === null ? 'lo' : query.inInterface),
      // No socket of this walk is bound to a device.
      outInterface === undefined,
      rule.more ? undefined : true,
    ),
  );
}

function mask32(mask: number): number {
  return mask >>> 0;
}

/** The route of the longest prefix; among equals that of the lowest metric, then the first. */
function inTable(routes: readonly Route[], { destination = '', inInterface }: RouteQuery): Route | undefined {
  // What is of one link or of the node alone is routed only by the interface it came in by (rt6_need_strict).
  const strict = typeof inInterface === 'string' && ofOneLink.some((prefix) => contains(prefix, destination));
  let best: Route | undefined;
  for (const route of routes) {
    if (strict && route.interface !== inInterface) continue;
    if (contains(route.prefix, destination) !== true) continue;
    if (best === undefined || isBetter(route, best)) best = route;
  }
  return best;
}

const ofOneLink = ['fe80::/10', 'ff00::/8', '::1/128'];

function isBetter(a: Route, b: Route): boolean {
  const [left, right] = [lengthOf(a), lengthOf(b)];
  return left === right ? (a.metric ?? 0) < (b.metric ?? 0) : left > right;
}

function lengthOf({ prefix }: Route): number {
  return Number(prefix.slice(prefix.indexOf('/') + 1));
}

/** The table `local`, as given or as the kernel makes it of the addresses. `undefined` where neither is known. */
export function localRoutes(facts: NodeFacts, family: Family): readonly Route[] | undefined {
  const given = facts.routes?.filter(
    ({ table, prefix }) => table === 'local' && familyOf(prefix.split('/')[0] ?? '') === family,
  );
  if (given !== undefined && given.length > 0) return given;
  return facts.addresses
    ?.filter(({ address }) => familyOf(address) === family)
    .flatMap((own): Route[] => {
      const local = (prefix: string): Route => ({ table: 'local', type: 'local', prefix, interface: own.interface });
      const width = family === 'IPv4' ? 32 : 128;
      const whole = `${own.address}/${own.prefixLength}`;
      // The loopback network belongs to the node as a whole.
      const loopback = own.scope === 'host' && family === 'IPv4' ? [local(whole)] : [];
      const last = family === 'IPv4' && own.prefixLength < 31 ? lastAddress(whole) : undefined;
      const broadcast = last === undefined ? [] : [{ ...local(`${last}/32`), type: 'broadcast' as const }];
      return [...loopback, local(`${own.address}/${width}`), ...broadcast];
    });
}

/** The broadcast address of an IPv4 network. */
function lastAddress(prefix: string): Address | undefined {
  const [address = '', length = ''] = prefix.split('/');
  const number = addressNumber(address);
  if (number === undefined) return undefined;
  return addressFrom(number | ((1n << BigInt(32 - Number(length))) - 1n), 'IPv4');
}

function unknown(fact: string): RouteAnswer {
  return { kind: 'unknown', fact };
}
