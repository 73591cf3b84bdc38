// The chains that are there without any Service, and the built-in chains' jumps into them. Others have rules in the
// built-in ones, and kubelet in KUBE-FIREWALL: there only what kube-proxy puts in is looked for.
import type { Rule, Table } from '../../../netfilter/ruleset.ts';
import type { Difference, DiffLine, Harmless } from '../../difference.ts';
import type { ExpectedChain } from '../expect/expected.ts';
import { type Canonical, canonicalRule, canonicalText } from './canonical.ts';
import { compareSequences } from './sequence.ts';

export interface FrameResult {
  readonly differences: readonly {
    readonly kind: Difference['kind'] | undefined;
    readonly lines: readonly DiffLine[];
  }[];
  readonly forgiven: readonly Harmless[];
}

export function compareFrame(chain: ExpectedChain, table: Table | undefined): FrameResult {
  const installed = table?.chain(chain.name);
  if (isCanary(chain)) {
    return { differences: [], forgiven: installed === undefined && table !== undefined ? ['canary'] : [] };
  }
  const rules = installed?.rules() ?? [];
  if (chain.base || !chain.exclusive || chain.name === 'KUBE-FIREWALL') return amongOthers(chain, rules);
  const result = compareSequences(
    rules.map(canonicalRule),
    chain.rules.map(({ text }) => canonicalText(text)),
  );
  if (result.same) return { differences: [], forgiven: result.forgiven };
  return { differences: [{ kind: result.order ? 'order' : undefined, lines: result.lines }], forgiven: [] };
}

/** Each expected rule must be there; what else is there is somebody else's. The order of kube-proxy's own has no meaning. */
function amongOthers(chain: ExpectedChain, rules: readonly Rule[]): FrameResult {
  const installed = rules.map(canonicalRule);
  const texts = new Set(installed.map(({ text }) => text));
  const used = new Set<Canonical>();
  const differences = chain.rules.flatMap((expected) => {
    const wanted = canonicalText(expected.text);
    if (texts.has(wanted.text)) return [];
    // The same jump under other conditions.
    const altered = installed.find(
      (rule) => rule.target === wanted.target && !used.has(rule) && !isExpected(rule, chain),
    );
    if (altered !== undefined) used.add(altered);
    const missing: DiffLine = { sign: '-', text: expected.text, rule: undefined };
    const instead: DiffLine[] = altered ? [{ sign: '+', text: altered.original, rule: altered.rule }] : [];
    return [
      { kind: altered === undefined ? ('missing' as const) : ('changed' as const), lines: [missing, ...instead] },
    ];
  });
  return { differences, forgiven: [] };
}

function isExpected(rule: Canonical, chain: ExpectedChain): boolean {
  return chain.rules.some(({ text }) => canonicalText(text).text === rule.text);
}

/** Nothing leads to it: kube-proxy looks whether it is still there. */
function isCanary({ name }: ExpectedChain): boolean {
  return name === 'KUBE-PROXY-CANARY';
}
