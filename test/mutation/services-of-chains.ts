// Which Services a chain of a text serves, by the comments of the rules that stand in it and lead to it.
import type { SavedText } from './saved-text.ts';

/** `namespace/name` by `table/chain`, for chains that one Service has to itself. */
export function servicesOfChains({ chains }: SavedText): ReadonlyMap<string, ReadonlySet<string>> {
  const services = new Map<string, Set<string>>();
  const add = (key: string, name: string) => {
    if (!/\/KUBE-(?:SVC|SVL|SEP|EXT|FW)-/.test(key)) return;
    services.set(key, (services.get(key) ?? new Set()).add(name));
  };
  const rules = chains.flatMap((chain) => chain.rules);
  // A large cluster's balances have no comments: their names go down from the chain above, in as many rounds as needed.
  for (let before = -1; before !== services.size; ) {
    before = services.size;
    for (const { table, chain, text } of rules) {
      const commented = serviceOf(text);
      const names = commented === undefined ? (services.get(`${table}/${chain}`) ?? []) : [commented];
      const to = / -j (\S+)$/.exec(text)?.[1];
      for (const name of names) {
        add(`${table}/${chain}`, name);
        if (to !== undefined) add(`${table}/${to}`, name);
      }
    }
  }
  return services;
}

export function serviceOf(text: string): string | undefined {
  return /--comment "(?:[^"]* )?([a-z\d-]+\/[a-z\d.-]+)(?::[\w-]*)?(?: [^"]*)?"/.exec(text)?.[1];
}
