// The chains that are there without any Service, and the built-in chains' jumps into them. Others have rules in the
// built-in ones, and kubelet in KUBE-FIREWALL: there only what kube-proxy puts in is looked for.
import type { Rule, Table } from '../../../netfilter/ruleset.ts';
import type { Difference, DiffLine, Harmless } from '../../difference.ts';
import type { ExpectedChain } from '../expect/expected.ts';
import { type Canonical, canonicalRule, canonicalText } from './canonical.ts';
import { compareSequences, isReturn } from './sequence.ts';

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
  if (chain.name === 'KUBE-FIREWALL') return withForeign(amongOthers(chain, rules), chain, rules);
  if (chain.base || !chain.exclusive) return amongOthers(chain, rules);
  const result = compareSequences(
    rules.map((rule) => canonicalRule(rule)),
    chain.rules.map(({ text }) => canonicalText(text)),
  );
  if (result.same) return { differences: [], forgiven: result.forgiven };
  return { differences: [{ kind: result.order ? 'order' : undefined, lines: result.lines }], forgiven: [] };
}

/** Each expected rule must be there; what else is there is somebody else's. The order of kube-proxy's own has no meaning. */
function amongOthers(chain: ExpectedChain, rules: readonly Rule[]): FrameResult {
  const installed = rules.map((rule) => canonicalRule(rule));
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

// pkg/kubelet/kubelet_network_linux.go syncIPTablesRules, v1.25 to v1.27; the second in IPv4 to this day.
/** What kubelets write into KUBE-FIREWALL. */
const kubelets: ReadonlySet<string> = new Set(
  [
    '-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP',
    '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
  ].map((text) => canonicalText(text).text),
);

/** KUBE-FIREWALL is kubelet's and kube-proxy's: nobody else has anything to drop or accept there. */
function withForeign(
  { differences, forgiven }: FrameResult,
  chain: ExpectedChain,
  rules: readonly Rule[],
): FrameResult {
  const told = new Set(differences.flatMap(({ lines }) => lines.map(({ rule }) => rule)));
  const others = rules
    .map((rule) => canonicalRule(rule))
    .filter((rule) => !told.has(rule.rule) && !kubelets.has(rule.text) && !isExpected(rule, chain));
  const last = rules.at(-1);
  const foreign = others.filter((rule) => !rule.idle && !(isReturn(rule) && rule.rule === last));
  return {
    differences: [
      ...differences,
      ...foreign.map((rule) => ({
        kind: 'foreign' as const,
        lines: [{ sign: '+' as const, text: rule.original, rule: rule.rule }],
      })),
    ],
    forgiven: foreign.length < others.length ? [...forgiven, 'no-effect'] : forgiven,
  };
}

function isExpected(rule: Canonical, chain: ExpectedChain): boolean {
  return chain.rules.some(({ text }) => canonicalText(text).text === rule.text);
}

/** Nothing leads to it: kube-proxy looks whether it is still there. */
function isCanary({ name }: ExpectedChain): boolean {
  return name === 'KUBE-PROXY-CANARY';
}
