// What the rules of one family can only mean: kube-proxy writes them all with the same settings, so where some differ the
// majority tells, and the rest is a difference.
import type { Address } from '../../../address.ts';
import { readMark } from '../../../netfilter/extensions/mark.ts';
import { firstValue, matchOf, type Rule, type Ruleset, type Table } from '../../../netfilter/ruleset.ts';
import { markMasqChain, nodePortsChain, postroutingChain, servicesChain, splitHashedName } from '../chain-names.ts';
import { type LocalDetector, ofRule } from '../local-detector.ts';
import { soleAddress } from '../service-rule.ts';

export interface Learnt {
  readonly masqueradeBit: number | undefined;
  /** `undefined` where no rule tells. */
  readonly masqueradeAll: boolean | undefined;
  readonly detector: LocalDetector | undefined;
  /** Where node ports are open; `undefined` where nothing leads to them. */
  readonly nodePortAddresses: 'any' | readonly Address[] | undefined;
  readonly localhostNodePorts: boolean | undefined;
  readonly counters: boolean;
  readonly dropsInvalid: boolean;
}

export function learn(ruleset: Ruleset): Learnt {
  const table = (name: string) => ruleset.tables.find((each) => each.name === name);
  const [nat, filter] = [table('nat'), table('filter')];
  const votes = masqueradeVotes(nat);
  const forward = rulesOf(filter, 'KUBE-FORWARD');
  return {
    masqueradeBit: majority(marksOf(nat, forward)),
    masqueradeAll: votes.all,
    detector: votes.detector,
    ...nodePortTail(nat),
    counters: [...forward, ...rulesOf(nat, nodePortsChain)].some((rule) => matchOf(rule, 'nfacct') !== undefined),
    dropsInvalid: forward.some(
      (rule) =>
        rule.target.kind === 'verdict' &&
        rule.target.verdict === 'DROP' &&
        firstValue(matchOf(rule, 'conntrack')?.options.ctstate) === 'INVALID',
    ),
  };
}

function rulesOf(table: Table | undefined, chain: string): readonly Rule[] {
  return table?.chain(chain)?.rules() ?? [];
}

/** The bit stands in four rules. */
function marksOf(nat: Table | undefined, forward: readonly Rule[]): readonly number[] {
  const rules = [...rulesOf(nat, markMasqChain), ...rulesOf(nat, postroutingChain), ...forward];
  return rules.flatMap((rule) => {
    const tested = firstValue(matchOf(rule, 'mark')?.options.mark);
    const set = rule.target.kind === 'MARK' ? firstValue(rule.target.options['set-xmark']) : undefined;
    return [tested, set].flatMap((text) => {
      const value = text === undefined ? undefined : readMark(text)?.value;
      const bit = value === undefined || value === 0 ? Number.NaN : Math.log2(value);
      return Number.isInteger(bit) ? [bit] : [];
    });
  });
}

/** More service ports than this need not be asked: they are all written alike. */
const enoughVotes = 2000;

/** The first rule of the chain that the cluster IP leads to. */
function masqueradeVotes(nat: Table | undefined): Pick<Learnt, 'detector'> & { readonly all: boolean | undefined } {
  const all: boolean[] = [];
  const detectors = new Map<string, { readonly detector: LocalDetector; count: number }>();
  let balances = 0;
  for (const name of nat?.chainNames(['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-']) ?? []) {
    const prefix = splitHashedName(name)?.prefix ?? '';
    const [first] = nat?.chain(name)?.rules() ?? [];
    if (first === undefined) continue;
    if (prefix !== 'KUBE-EXT-') {
      balances++;
      if (first.target.kind === 'jump' && first.target.chain === markMasqChain) {
        all.push(matchOf(first, 'source') === undefined && matchOf(first, 'in-interface') === undefined);
      }
    }
    const detector = ofRule(first, prefix);
    if (detector !== undefined) {
      const key = JSON.stringify(detector);
      const vote = detectors.get(key) ?? { detector, count: 0 };
      detectors.set(key, { ...vote, count: vote.count + 1 });
    }
    if (balances > enoughVotes) break;
  }
  const [best] = [...detectors.values()].sort((a, b) => b.count - a.count);
  const none: LocalDetector = { kind: 'none' };
  return { all: majority(all), detector: best?.detector ?? (balances === 0 ? undefined : none) };
}

function nodePortTail(nat: Table | undefined): Pick<Learnt, 'nodePortAddresses' | 'localhostNodePorts'> {
  const tail = rulesOf(nat, servicesChain).filter(
    // The text first: a large cluster has tens of thousands of rules there.
    (rule) => rule.text.includes(nodePortsChain) && rule.target.kind === 'jump' && rule.target.chain === nodePortsChain,
  );
  if (tail.length === 0) return { nodePortAddresses: undefined, localhostNodePorts: undefined };
  const addresses = tail.flatMap((rule) => {
    const destination = matchOf(rule, 'destination');
    return destination === undefined || destination.negated ? [] : (soleAddress(destination.prefix) ?? []);
  });
  if (addresses.length > 0) {
    return { nodePortAddresses: addresses, localhostNodePorts: addresses.some((it) => it.startsWith('127.')) };
  }
  const open = tail.some((rule) => matchOf(rule, 'destination') === undefined);
  return { nodePortAddresses: 'any', localhostNodePorts: open };
}

/** The value that stands most often; the first of those that stand equally often. */
function majority<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
