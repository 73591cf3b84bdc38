// Rules taken away, doubled, moved, altered; and others' rules put among them.
import type { Mutant } from '../mutant.ts';
import type { SavedChain, SavedRule, SavedText } from '../saved-text.ts';
import { servicesOfChains } from '../services-of-chains.ts';
import { alterations } from './clauses.ts';

export function* ruleMutants(text: SavedText): Generator<Mutant> {
  const likes = chainsByLikeness(text);
  const likenesses = new Map(
    text.chains.map(({ table, name }) => [`${table}/${name}`, likeness(text, table, name)] as const),
  );
  const services = servicesOfChains(text);
  for (const chain of text.chains) {
    const { rules } = chain;
    const key = `${chain.table}/${chain.name}`;
    const last = rules.at(-1);
    if (last === undefined) continue;
    for (const [index, rule] of rules.entries()) {
      const { at } = rule;
      const one = (operator: string, edit: Mutant['edit'], moved: readonly SavedRule[] = [rule]): Mutant => ({
        operator,
        edit,
        chains: [key],
        rules: moved.map((each) => each.text),
      });
      yield one('delete a rule', { remove: [at] });
      yield one('double a rule', { insert: [{ at, text: rule.text }] });
      if (rule !== last) yield one('double a rule at the end', { insert: [{ at: last.at + 1, text: rule.text }] });
      const next = rules[index + 1];
      if (next !== undefined) {
        yield one('swap neighbours', { remove: [at], insert: [{ at: next.at + 1, text: rule.text }] }, [rule, next]);
      }
      const second = rules[index + 2];
      if (second !== undefined) yield one('double a rule further on', { insert: [{ at: second.at, text: rule.text }] });
      const first = rules[0];
      if (index > 1 && first !== undefined)
        yield one('move to the front', { remove: [at], insert: [{ at: first.at, text: rule.text }] });
      if (index < rules.length - 2)
        yield one('move to the end', { remove: [at], insert: [{ at: last.at + 1, text: rule.text }] });
      const chainsLike = (to: string, from: string) =>
        (likes.get(likenesses.get(`${chain.table}/${to}`) ?? '') ?? [])
          .filter((name) => name !== to && name !== from)
          .filter((name) => !isOfOne(services, `${chain.table}/${to}`, `${chain.table}/${name}`))
          .slice(0, 2);
      for (const { operator, text: altered } of alterations(rule.text, { chainsLike })) {
        // What its twin in front leaves over, another Service may or may not want.
        if (operator === 'another chain' && rules.some((each) => each !== rule && each.text === rule.text)) continue;
        yield {
          operator,
          edit: { remove: [at], insert: [{ at, text: altered }] },
          chains: [key],
          rules: [rule.text, altered],
        };
      }
    }
  }
}

/** In the chains that are kube-proxy's alone. */
export function* foreignMutants(text: SavedText): Generator<Mutant> {
  for (const chain of text.chains) {
    if (chain.builtIn || !chain.name.startsWith('KUBE-') || chain.name === 'KUBE-PROXY-CANARY') continue;
    const from = chain.rules[0]?.at ?? chainEnd(text, chain);
    const end = (chain.rules.at(-1)?.at ?? from - 1) + 1;
    const port = / -p (\w+) .*--dport (\d+)/.exec(chain.rules.at(-1)?.text ?? '');
    const six = text.lines.some((line) => line.includes('ip6tables-save'));
    const some = six ? ' -s 3fff::/48' : ' -s 198.18.0.0/17';
    for (const at of new Set([from, Math.floor((from + end) / 2), end])) {
      for (const [operator, rest] of [
        ['a foreign ACCEPT', ' -j ACCEPT'],
        ['a foreign RETURN', ' -j RETURN'],
        ['a foreign RETURN for some', `${some} -j RETURN`],
        ['a foreign ACCEPT for some', `${some} -j ACCEPT`],
        ['a foreign mark', `${some} -j MARK --set-xmark 0x200/0x200`],
        ['a foreign log', ' -j LOG'],
        ['a foreign count', ' -m comment --comment "counted"'],
        ...(chain.table === 'filter'
          ? [['a foreign DROP', ' -j DROP'] as const, ['a foreign DROP for some', `${some} -j DROP`] as const]
          : []),
        ...(port === null
          ? []
          : [['a foreign RETURN for a port', ` -p ${port[1]} -m ${port[1]} --dport ${port[2]} -j RETURN`] as const]),
      ] as const) {
        const line = `-A ${chain.name}${rest}`;
        yield {
          operator,
          edit: { insert: [{ at, text: line }] },
          chains: [`${chain.table}/${chain.name}`],
          rules: [line],
        };
      }
    }
  }
}

/** Behind the table's last declaration, where its rules begin. */
function chainEnd({ chains }: SavedText, { table }: SavedChain): number {
  return Math.max(...chains.filter((each) => each.table === table).map(({ at }) => at)) + 1;
}

/** What the chain is for, and for which protocol. */
function likeness({ chains }: SavedText, table: string, name: string): string {
  const prefix = /^KUBE-(?:SVC|SVL|SEP|EXT|FW)-/.exec(name)?.[0] ?? 'shared';
  const own = chains.filter((chain) => chain.table === table);
  const rulesOf = (chain: string | undefined) => own.find((each) => each.name === chain)?.rules.map(({ text }) => text);
  // Down to the backend, who says it.
  let last = rulesOf(name)?.at(-1) ?? '';
  while (prefix !== 'shared' && !/ -p /.test(last) && / -j KUBE-S/.test(last)) {
    last = rulesOf(/ -j (\S+)/.exec(last)?.[1])?.at(-1) ?? '';
  }
  return `${table} ${prefix} ${prefix === 'shared' ? '' : / -p (\w+)/.exec(last)?.[1]}`;
}

/** Two chains of one Service may come to the same. */
function isOfOne(services: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean {
  const of = services.get(b);
  return [...(services.get(a) ?? [])].some((service) => of?.has(service) === true);
}

function chainsByLikeness(text: SavedText): ReadonlyMap<string, readonly string[]> {
  const names = Map.groupBy(text.chains, ({ table, name }) => likeness(text, table, name));
  return new Map(
    [...names].map(([key, own]) => [key, own.flatMap(({ name, builtIn }) => (builtIn ? [] : [name]))] as const),
  );
}
