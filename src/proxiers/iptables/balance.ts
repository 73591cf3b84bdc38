// A chain that shares out connections: affinity rules, then the cascade of random rules, each backend with the
// probability of its rule and the share that is left for it.
//
//     -A KUBE-SVC-X -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-A    1/3 of all
//     -A KUBE-SVC-X -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-B    1/2 of the rest
//     -A KUBE-SVC-X -j KUBE-SEP-C                                                           the rest
import type { Family } from '../../address.ts';
import { statisticShare } from '../../netfilter/extensions/statistic.ts';
import { type Fraction, isZero, one, plus, zero } from '../../netfilter/fraction.ts';
import { type Chain, firstValue, matchOf, type Rule, type Table } from '../../netfilter/ruleset.ts';
import { type End, traverse } from '../../netfilter/traverse.ts';
import type { Backend, Balance, Owner } from '../dispatch.ts';
import { markDropChain, markMasqChain, splitHashedName } from './chain-names.ts';
import { clientPacket, type LocalDetector } from './local-detector.ts';
import { dnatEndpoint, soleAddress } from './service-rule.ts';

export function readBalance(nat: Table, chain: Chain, owner: Owner, family: Family, detector: LocalDetector): Balance {
  const rules = chain.rules();
  const protocol = owner.kind === 'nameless' ? undefined : owner.name.protocol.toLowerCase();
  const packet = { ...clientPacket('outside', family, detector, []), ...(protocol && { protocol }) };
  // To 1.24 a rule drops what no endpoint is there for: that is no leak.
  const ends = traverse(nat, chain, packet, (name) => name === markDropChain);
  const found = ends.flatMap((end) => backendOf(nat, end) ?? []);
  const backends = mergeTwins(found);
  const undecided = ends.filter(
    (end) => end.kind === 'undecided' || (end.kind === 'target' && backendOf(nat, end) === undefined),
  );
  return {
    chain: chain.name,
    policy: splitHashedName(chain.name)?.prefix === 'KUBE-SVC-' ? 'Cluster' : 'Local',
    owner,
    backends,
    affinitySeconds: affinityOf(rules),
    leak: total(ends.filter(({ kind }) => kind === 'fell-through')),
    undecided: total(undecided),
    undecidedAt: undecided[0]?.rule,
    repeated: backends
      .map((backend) => backend.chain)
      .filter((name) => found.filter((each) => each.chain === name).length > 1),
    unreachable: unreachableRules(rules),
    masqueradeNote: masqueradeNote(rules),
    rules,
  };
}

function masqueradeNote(rules: readonly Rule[]): string | undefined {
  const rule = rules.find(({ target }) => target.kind === 'jump' && target.chain === markMasqChain);
  if (rule === undefined) return undefined;
  const source = matchOf(rule, 'source');
  if (source?.negated) return `from outside ${source.prefix}`;
  const input = matchOf(rule, 'in-interface');
  if (input?.negated) return `unless it comes in by ${input.name}`;
  return 'always';
}

function backendOf(nat: Table, end: End): Backend | undefined {
  const { rule, path } = end;
  const first = path[0];
  if (end.kind !== 'target' || rule === undefined || first === undefined) return undefined;
  const endpoint = dnatEndpoint(rule);
  if (endpoint === undefined) return undefined;
  return {
    ...endpoint,
    chain: rule.ref.chain,
    ruleProbability: ruleProbability(first),
    share: end.weight,
    hairpin: masqueradesItself(nat, rule.ref.chain, endpoint.address),
    // The walk passes by the rule for the backend's own connections; it belongs to the backend all the same.
    rules: [first, ...(nat.chain(rule.ref.chain)?.rules() ?? [])],
  };
}

/** `-A KUBE-SEP-X -s ADDRESS/32 -j KUBE-MARK-MASQ`: the endpoint reaches itself through the service port. */
function masqueradesItself(nat: Table, chain: string, address: string): boolean {
  const rules = nat.chain(chain)?.rules() ?? [];
  return rules.some((rule) => {
    const source = matchOf(rule, 'source');
    const marks = rule.target.kind === 'jump' && rule.target.chain === markMasqChain;
    return marks && source !== undefined && !source.negated && soleAddress(source.prefix) === address;
  });
}

function ruleProbability(rule: Rule): Fraction {
  const random = matchOf(rule, 'statistic');
  return (random && statisticShare(random.options)) ?? one;
}

/** An endpoint that stands twice in a cascade has the sum of both shares. */
function mergeTwins(backends: readonly Backend[]): readonly Backend[] {
  const merged = new Map<string, Backend>();
  for (const backend of backends) {
    const twin = merged.get(backend.chain);
    merged.set(
      backend.chain,
      twin === undefined
        ? backend
        : { ...twin, share: plus(twin.share, backend.share), rules: [...twin.rules, ...backend.rules] },
    );
  }
  return [...merged.values()];
}

/** `-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-X`: a known client goes where it went before. */
function affinityOf(rules: readonly Rule[]): number | undefined {
  for (const rule of rules) {
    const recent = matchOf(rule, 'recent')?.options;
    if (recent?.rcheck === undefined) continue;
    const seconds = Number(firstValue(recent.seconds));
    return Number.isFinite(seconds) ? seconds : undefined;
  }
  return undefined;
}

/** Rules behind the first one that takes every packet. Comments and a bare protocol take nothing away. */
function unreachableRules(rules: readonly Rule[]): readonly Rule[] {
  const last = rules.findIndex(
    ({ matches: clauses, target }) =>
      clauses.every(({ kind }) => kind === 'comment') && target.kind === 'jump' && target.chain !== markMasqChain,
  );
  return last < 0 ? [] : rules.slice(last + 1);
}

function total(ends: readonly End[]): Fraction {
  return ends.reduce((sum, { weight }) => (isZero(weight) ? sum : plus(sum, weight)), zero);
}
