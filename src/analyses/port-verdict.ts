// The verdict for one service port in one family: the first cause that holds, from the way in to the last backend.
import { isZero, toNumber } from '../netfilter/fraction.ts';
import type { Rule } from '../netfilter/ruleset.ts';
import type { Frontend, Route } from '../proxiers/dispatch.ts';
import type { ServicePort } from '../proxiers/service-ports.ts';
import { portText } from './checks/check.ts';
import { elsewhere, lacksLocal } from './checks/local-policy.ts';
import { lackOf } from './checks/missing.ts';
import { hasNoEndpoints } from './checks/no-endpoints.ts';
import { asks, keeps, unfollowed } from './checks/other-affinity.ts';
import { isEntitled, policyOf } from './checks/refused.ts';
import { plural } from './checks/stale.ts';
import { faultOf } from './checks/uneven.ts';
import type { ClusterView, NodeView } from './node-view.ts';
import { type BackendState, type PortState, surelyWanted } from './port-state.ts';
import type { Verdict } from './verdict-words.ts';
import { whyNoEndpoints } from './why-no-endpoints.ts';
import { count, duration, listing, onNode, percent, place, sum, wayName, wayText } from './words.ts';

export function portVerdict(view: NodeView, state: PortState): Verdict {
  const main = mainFrontend(state);
  return (
    unserved(view, state, main) ??
    (main === undefined ? undefined : leftOver(view, state, main)) ??
    (main === undefined ? undefined : (shadowed(view, state, main) ?? notReached(view, state, main))) ??
    (main === undefined ? undefined : refused(view, state, main)) ??
    (main === undefined ? undefined : (undecided(view, state, main) ?? deadEnd(view, state, main))) ??
    lossy(view, state, main) ??
    reachable(view, state, main)
  );
}

/** What the question is about first: the cluster IP, or the only way in that was asked for. */
export function mainFrontend({ frontends }: PortState): Frontend | undefined {
  return frontends.find(({ type }) => type === 'ClusterIP') ?? frontends[0];
}

/** Cluster IPs are for pods; the other ways in are judged by clients from outside. */
export function mainRoute(frontend: Frontend): Route {
  return frontend.type === 'ClusterIP' ? frontend.routes.pods : frontend.routes.outside;
}

function unserved(view: NodeView, state: PortState, main: Frontend | undefined): Verdict | undefined {
  const [lacking] = state.missingWays;
  if (lacking === undefined || (main !== undefined && !state.leftovers.includes(main))) return undefined;
  const endpoints = state.endpoints.filter(({ ready }) => ready).length;
  const offer =
    endpoints === 0
      ? ', not even the one that refuses, for want of endpoints,'
      : ` although the API offers ${count(endpoints, 'ready endpoint')}`;
  return {
    state: 'unreachable',
    cause: 'kube-proxy',
    sentence:
      `kube-proxy has written no rule for ${portText(state.name)} at ${wayName(lacking)} ${onNode(view)}${offer}${stillFor(state)}`
        .replace(',;', ';')
        .replace(/,$/, ''),
  };
}

function stillFor({ leftovers }: PortState): string {
  return leftovers.length === 0 ? '' : `; its rules are still for ${listing(leftovers.map(wayName))}`;
}

/** It was asked for by an address or node port that the API gave it once. */
function leftOver(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  if (!state.leftovers.includes(main)) return undefined;
  return {
    state: 'degraded',
    cause: 'kube-proxy',
    sentence: `${wayName(main)} of ${portText(state.name)} is left over ${onNode(view)}: the API does not give it to the Service any more, and kube-proxy has not followed`,
  };
}

function shadowed(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  if (main.shadowedBy === undefined) return undefined;
  return {
    state: 'unreachable',
    cause: 'api',
    sentence: `${wayName(main)} of ${portText(state.name)} is claimed by another Service too, whose rule stands first ${onNode(view)} (${place(main.shadowedBy)}) and gets every connection`,
  };
}

/** A jump that is missing, or a rule of somebody else's that comes first. */
function notReached(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const dispatch = view.dispatches.find(({ family }) => family === state.family);
  const client = main.type === 'ClusterIP' ? 'pods' : 'outside';
  const addresses = view.cluster?.node?.addresses ?? [];
  const own = dispatch?.nodePortAddresses;
  const node =
    own !== 'any' && own?.[0] !== undefined
      ? own[0]
      : addresses.find(({ address }) => isFamily(address, state.family))?.address;
  const taker = dispatch?.firstTaker(main, client, node);
  const what = `${wayName(main)} of ${portText(state.name)}`;
  switch (taker?.kind) {
    case 'other':
      return {
        state: 'unreachable',
        cause: 'foreign-rule',
        sentence: `connections to ${what} are taken ${onNode(view)} before they reach kube-proxy's rules, by ${ruleText(taker.rule)}`,
      };
    case 'perhaps':
      return {
        state: 'unknown',
        cause: 'foreign-rule',
        sentence: `whether connections to ${what} reach kube-proxy's rules ${onNode(view)} depends on ${ruleText(taker.rule)}, which cannot be decided from the text`,
      };
    case 'passed-by': {
      const jump = dispatch?.missingJumps[0];
      const why = jump === undefined ? 'no jump leads to it' : `${jump.table}/${jump.from} has no jump to ${jump.to}`;
      return {
        state: 'unreachable',
        cause: 'foreign-rule',
        sentence: `kube-proxy's rules for ${what} are there and nothing leads to them ${onNode(view)}: ${why}`,
      };
    }
    default:
      return undefined;
  }
}

function isFamily(address: string, family: string): boolean {
  return address.includes(':') === (family === 'IPv6');
}

function ruleText(rule: Rule): string {
  return `${rule.ref.table}/${rule.ref.chain} rule ${rule.ref.index} (line ${rule.ref.line})`;
}

function refused(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const { action } = mainRoute(main);
  if (action !== 'reject' && action !== 'drop') return undefined;
  const what = `${portText(state.name)} at ${wayText(main)}`;
  const doing = action === 'reject' ? 'refused' : 'dropped';
  const { cluster } = view;
  if (cluster === undefined || state.port === undefined) {
    return {
      state: 'unreachable',
      cause: 'none',
      sentence: `connections to ${what} are ${doing} ${onNode(view)}: ${ownWords(main)}; the API objects would tell whether that is right`,
    };
  }
  if (hasNoEndpoints(state.wanted)) return rightlyRefused(view, state, main, state.port, cluster, doing);
  if (main.sourceRanges.length > 0 && action === 'drop') return undefined;
  if (surelyWanted(state.wanted, policyOf(main, state), cluster).length > 0) {
    const offered = surelyWanted(state.wanted, policyOf(main, state), cluster);
    const local = policyOf(main, state) === 'Local' ? ` ${onNode(view)} itself` : '';
    return {
      state: 'unreachable',
      cause: 'kube-proxy',
      sentence: `kube-proxy still ${action === 'reject' ? 'refuses' : 'drops'} connections to ${what} ${onNode(view)}, although the API offers ${count(offered.length, 'endpoint')}${local} (${listing(offered.map(({ id }) => id))})`,
    };
  }
  if (lacksLocal(state, cluster)) {
    const policy = main.type === 'ClusterIP' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
    return {
      state: 'by-design',
      cause: 'api',
      sentence: `connections to ${what} are ${doing} ${onNode(view)}: its ${policy} is Local and no endpoint is on this node; ${elsewhere(state)}`,
    };
  }
  return {
    state: 'unknown',
    cause: 'none',
    sentence: `connections to ${what} are ${doing} ${onNode(view)}; whether that is right depends on facts that were not given (the node's name, kube-proxy's release)`,
  };
}

/** What the refusing rule's comment says. */
function ownWords({ routes }: Frontend): string {
  const text = routes.outside.rule?.text ?? routes.pods.rule?.text ?? '';
  if (text.includes('has no local endpoints')) return 'kube-proxy saw no endpoint on this node';
  return text.includes('has no endpoints') ? 'kube-proxy saw no endpoints' : 'a rule says so';
}

function rightlyRefused(
  view: NodeView,
  state: PortState,
  main: Frontend,
  port: ServicePort,
  cluster: ClusterView,
  doing: string,
): Verdict {
  const { because } = whyNoEndpoints(port, cluster);
  return {
    state: 'unreachable',
    cause: 'api',
    sentence: `connections to ${portText(state.name)} at ${wayText(main)} are ${doing} ${onNode(view)} and kube-proxy is right: the API offers no usable endpoint, because ${because}`,
  };
}

function undecided(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const route = mainRoute(main);
  const balance = route.through.find((each) => !isZero(each.balance.undecided))?.balance;
  const rule = route.action === 'undecided' ? route.rule : balance?.undecidedAt;
  if (rule === undefined) return undefined;
  return {
    state: 'unknown',
    cause: 'none',
    sentence: `where connections to ${portText(state.name)} go ${onNode(view)} depends on ${ruleText(rule)}, which is not understood`,
  };
}

function deadEnd(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const route = mainRoute(main);
  const empty =
    route.action === 'none' ||
    (route.action === 'balance' && route.through.every(({ balance }) => balance.backends.length === 0));
  if (!empty) return undefined;
  return {
    state: 'unreachable',
    cause: 'kube-proxy',
    sentence: `connections to ${portText(state.name)} at ${wayText(main)} get no backend ${onNode(view)}: ${main.chain ?? 'its chain'} ends without one`,
  };
}

/** Backends of the main way in. */
function backendsOf(state: PortState, main: Frontend | undefined): readonly BackendState[] {
  const chains = new Set(main === undefined ? [] : mainRoute(main).through.map(({ balance }) => balance.chain));
  const policies = new Set(state.balances.filter(({ chain }) => chains.has(chain)).map(({ policy }) => policy));
  return state.backends.filter(({ policy }) => policies.has(policy));
}

function lossy(view: NodeView, state: PortState, main: Frontend | undefined): Verdict | undefined {
  const backends = backendsOf(state, main);
  const lost = backends.filter(({ unwanted, share }) => unwanted !== undefined && !isZero(share));
  const lacking = lackOf(state);
  const leak =
    main === undefined ? undefined : mainRoute(main).through.find(({ balance }) => !isZero(balance.leak))?.balance;
  const inUse = backends.filter(({ share }) => !isZero(share)).length;
  const name = portText(state.name);
  if (lost.length > 0 && lost.length === inUse) {
    const offers = state.endpoints.filter(({ ready }) => ready).length;
    const api =
      offers === 0 ? 'the API offers no endpoint any more' : `the API offers others (${count(offers, 'endpoint')})`;
    return {
      state: 'unreachable',
      cause: 'kube-proxy',
      sentence: `every backend of ${name} in the rules ${onNode(view)} is stale (${listing(lost.map(({ address }) => address))}): ${api}, and kube-proxy has not followed`,
    };
  }
  if (lost.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${percent(sum(lost.map(({ share }) => share)))} of new connections to ${name} ${onNode(view)} go to ${count(lost.length, 'stale backend')} (${listing(lost.map(({ address }) => address))}) that kube-proxy has not removed: ${reasonText(lost)}`,
    };
  }
  if (leak !== undefined) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${percent(leak.leak)} of new connections to ${name} ${onNode(view)} get no backend: ${leak.chain} ends before its shares add up to 1`,
    };
  }
  if (lacking.length > 0) {
    const ids = [...new Set(lacking.map(({ address }) => address))];
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${name} is reachable ${onNode(view)}, but kube-proxy has written no rule for ${count(ids.length, 'endpoint')} that the API offers (${listing(ids)})`,
    };
  }
  const shut = view.cluster === undefined ? [] : shutWays(state, view.cluster);
  if (shut.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${name} is reachable at its cluster IP ${onNode(view)}, but ${listing(shut.map(wayName))} ${shut.length === 1 ? 'is' : 'are'} refused there although the API offers endpoints`,
    };
  }
  const faulty = state.balances.find((balance) => faultOf(balance) !== undefined);
  if (faulty !== undefined) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${name} is reachable ${onNode(view)}, but ${faulty.chain} ${faultOf(faulty)}`,
    };
  }
  const [sticky] = unfollowed(state);
  if (sticky !== undefined) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${name} is reachable ${onNode(view)}, but kube-proxy has not followed its session affinity: ${sticky.chain} ${keeps(sticky.affinitySeconds)}, the Service asks for ${asks(state.port?.affinitySeconds)}`,
    };
  }
  if (state.missingWays.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${name} is reachable at its cluster IP ${onNode(view)}, but kube-proxy has written no rule for ${listing(state.missingWays.map(wayName))}${stillFor(state)}`,
    };
  }
  return undefined;
}

function shutWays(state: PortState, cluster: ClusterView): readonly Frontend[] {
  return state.frontends.filter((frontend) => isEntitled(frontend, state, cluster, ['reject', 'drop', 'none']));
}

function reasonText(lost: readonly BackendState[]): string {
  const reasons = [...new Set(lost.map(({ unwanted }) => unwanted ?? ''))];
  return listing(lost.length === 1 ? reasons : reasons.map(plural));
}

function reachable(view: NodeView, state: PortState, main: Frontend | undefined): Verdict {
  const name = portText(state.name);
  if (main === undefined)
    return { state: 'unknown', cause: 'none', sentence: `no rule ${onNode(view)} is for ${name}` };
  const backends = backendsOf(state, main).filter(({ share }) => !isZero(share));
  const extra = [...conditions(state, main), ...otherWays(state, main), ...outsideNotes(view, state, main)];
  const where = `${name} is reachable ${onNode(view)}`;
  const agrees = view.cluster === undefined ? 'the rules' : 'the rules agree with the API and';
  const sentence = `${where}: ${agrees} ${sharing(backends, main)}${extra.length === 0 ? '' : `; ${extra.join('; ')}`}`;
  return { state: 'reachable', cause: 'none', sentence };
}

function sharing(backends: readonly BackendState[], main: Frontend): string {
  const [first] = backends;
  const at = wayText(main);
  if (first === undefined) return `send connections to ${at} on`;
  const kind = backends.every(({ state }) => state === 'terminating') ? 'terminating ' : '';
  if (backends.length === 1)
    return `send every new connection to ${at} to ${first.pod === '' ? `${first.address}:${first.port}`.replace(/^(.*:.*):(\d+)$/, '[$1]:$2') : first.pod}${kind === '' ? '' : ', which is terminating: nothing is ready'}`;
  const fair = 1 / backends.length;
  const even = backends.every(({ share }) => Math.abs(toNumber(share) - fair) < 1e-4);
  const shares = even
    ? `evenly among ${backends.length} ${kind}backends, ${percent(first.share)} each`
    : `unevenly among ${backends.length} ${kind}backends`;
  return `share new connections to ${at} ${shares}`;
}

function conditions(state: PortState, main: Frontend): readonly string[] {
  const notes: string[] = [];
  const seconds = mainRoute(main).through.find(({ balance }) => balance.affinitySeconds !== undefined)?.balance
    .affinitySeconds;
  if (seconds !== undefined) notes.push(`a client stays with its backend for ${duration(seconds)}`);
  const [first, ...more] = state.wanted;
  if (first !== undefined && more.every(({ hints }) => hints.kind === first.hints.kind)) {
    const left = state.endpoints.length - (first.cluster?.length ?? 0);
    const where = first.hints.kind === 'zone' ? first.hints.zone : 'the node';
    const used = first.hints.kind === 'zone' || first.hints.kind === 'node';
    if (used && left > 0)
      notes.push(
        `topology hints keep it in ${where} (${count(left, 'other endpoint')} ${left === 1 ? 'gets' : 'get'} none)`,
      );
  }
  const passedBy = state.frontends.filter(
    ({ address }) => address !== undefined && state.port?.proxyModeIPs.includes(address),
  );
  if (passedBy.length > 0) notes.push(`${listing(passedBy.map(wayName))} is taken although its ipMode is Proxy`);
  const restricted = state.frontends.filter(({ sourceRanges }) => sourceRanges.length > 0);
  if (restricted.length > 0) {
    notes.push(
      `${listing(restricted.map(wayName))} ${restricted.length === 1 ? 'is' : 'are'} for clients in ${listing(restricted[0]?.sourceRanges ?? [])} only, all others are dropped`,
    );
  }
  return notes;
}

/** Ways in beside the one the sentence is about: to the same backends, or to those of the other policy. */
function otherWays({ frontends, missingWays, port }: PortState, main: Frontend): readonly string[] {
  if (missingWays.length > 0) return [];
  const open = frontends.filter(
    (frontend) =>
      frontend !== main &&
      frontend.type !== 'ClusterIP' &&
      frontend.sourceRanges.length === 0 &&
      frontend.routes.outside.action === 'balance' &&
      !(frontend.address !== undefined && port?.proxyModeIPs.includes(frontend.address)),
  );
  const chains = chainsOf(mainRoute(main));
  const same = open.filter((frontend) => chainsOf(mainRoute(frontend)) === chains);
  const others = Map.groupBy(
    open.filter((frontend) => !same.includes(frontend)),
    (frontend) => chainsOf(mainRoute(frontend)),
  );
  const lead = (group: readonly Frontend[]) =>
    `${listing(group.map(wayName))} ${group.length === 1 ? 'leads' : 'lead'}`;
  return [
    ...(same.length === 0 ? [] : [`${lead(same)} there, too`]),
    ...[...others.values()].map((group) => {
      const backends =
        group[0] === undefined ? [] : mainRoute(group[0]).through.flatMap(({ balance }) => balance.backends);
      return `${lead(group)} outside clients to ${count(backends.length, 'backend')} on this node only`;
    }),
  ];
}

function chainsOf({ through }: Route): string {
  return through.map(({ balance }) => balance.chain).join(' ');
}

/** Ways in that outside clients cannot use here. */
function outsideNotes(view: NodeView, state: PortState, main: Frontend): readonly string[] {
  const dropped = state.frontends.filter(
    (frontend) =>
      frontend !== main && frontend.type !== 'ClusterIP' && ['drop', 'reject'].includes(frontend.routes.outside.action),
  );
  if (dropped.length === 0) return [];
  const what = `from outside, ${listing(dropped.map(wayName))} ${dropped.length === 1 ? 'is' : 'are'} dropped ${onNode(view)}`;
  if (view.cluster === undefined) return [`${what}: ${ownWords(dropped[0] ?? main)}`];
  if (!lacksLocal(state, view.cluster)) return [];
  return [`${what} by design, since externalTrafficPolicy is Local and no endpoint is here`];
}
