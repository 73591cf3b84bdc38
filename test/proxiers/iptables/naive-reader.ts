// A second reader of kube-proxy's rules that shares nothing with ours: regular expressions over the text of iptables-save,
// floating point, no model. It knows cluster IPs only.

/** Shares of new connections by `ip:port`, for each cluster IP as `ip port protocol`. */
export function sharesByRegExp(text: string): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const nat = /^\*nat$([\s\S]*?)^COMMIT$/m.exec(text)?.[1] ?? '';
  const rules = new Map<string, string[]>();
  for (const [, chain = '', rest = ''] of nat.matchAll(/^(?:\[\d+:\d+\] )?-A (\S+) ?(.*)$/gm)) {
    rules.set(chain, [...(rules.get(chain) ?? []), rest]);
  }
  const shares = new Map<string, ReadonlyMap<string, number>>();
  for (const rule of rules.get('KUBE-SERVICES') ?? []) {
    const way = /^-d (\S+)\/(?:32|128) -p (\w+) .*cluster IP" .*--dport (\d+) -j (KUBE-SV[CL]-\w+)$/.exec(rule);
    if (way === null) continue;
    const [, address, protocol, port, chain = ''] = way;
    shares.set(`${address} ${port} ${protocol}`, sharesOf(rules, chain));
  }
  return shares;
}

function sharesOf(rules: ReadonlyMap<string, readonly string[]>, chain: string): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  let left = 1;
  for (const rule of rules.get(chain) ?? []) {
    const target = /-j (KUBE-SEP-\w+)$/.exec(rule)?.[1];
    if (target === undefined || rule.includes('--rcheck')) continue;
    const probability = Number(/--probability (\S+)/.exec(rule)?.[1] ?? '1');
    const endpoint =
      (rules.get(target) ?? []).map((each) => /--to-destination (\S+)$/.exec(each)?.[1]).find(Boolean) ?? '';
    shares.set(endpoint, (shares.get(endpoint) ?? 0) + left * probability);
    left *= 1 - probability;
  }
  return shares;
}
