// KPR302: one and the same rule many times in a chain. A few do no harm; hundreds are a program that adds without looking,
// or an iptables that cannot see what another release wrote.
import type { Chain, Rule } from '../../netfilter/ruleset.ts';
import { isTrusted } from '../node-view.ts';
import { listing, onNode, ruleEvidence } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

/** Up to here it may be two programs, or one that was started a few times. */
const forgiven = 9;

export const repeatedRules: NodeCheck = {
  about: 'node',
  codes: ['KPR302'],
  run: (view) => {
    const found = view.installed.rulesets
      .filter(({ family }) => isTrusted(view, family))
      .flatMap(({ family, tables }) =>
        tables.flatMap((table) =>
          [...table.chains()].flatMap((chain) => repeatedIn(chain).map((group) => ({ family, group }))),
        ),
      );
    if (found.length === 0) return [];
    const places = found.map(({ family, group: { rule, times } }) => {
      const { table, chain } = rule.ref;
      return `${table}/${chain}${family === 'IPv6' ? ' (IPv6)' : ''} has one rule ${times} times`;
    });
    return [
      raise('KPR302', view, {
        subject: nodeSubject(view),
        message: `${listing(places)} ${onNode(view)}`,
        evidence: found.slice(0, 6).map(({ group: { rule } }) => ruleEvidence(rule)),
      }),
    ];
  },
};

interface Repeated {
  readonly rule: Rule;
  readonly times: number;
}

function repeatedIn(chain: Chain): readonly Repeated[] {
  if (chain.ruleCount <= forgiven) return [];
  const times = new Map<string, { readonly rule: Rule; times: number }>();
  for (const rule of chain.rules()) {
    const known = times.get(rule.text);
    if (known === undefined) times.set(rule.text, { rule, times: 1 });
    else known.times++;
  }
  return [...times.values()].filter(({ rule, times: many }) => many > forgiven && !isChancy(rule));
}

/** The second of two that take by chance or by rate takes what the first left. */
function isChancy({ text }: Rule): boolean {
  return / -m (statistic|limit|hashlimit|connlimit|quota|recent) /.test(text);
}
