// What is missing, and the command on the node that tells it.

export interface WantedFact {
  readonly fact: string;
  readonly command: string;
}

/** One for each fact; facts are as the walk names them (netfilter/missing-fact.ts, delivery.ts, routes.ts). */
export function wantedFacts(facts: readonly string[], family: 'IPv4' | 'IPv6'): readonly WantedFact[] {
  const single = facts.flatMap((fact) => (/^net\.|^rp_filter/.test(fact) ? fact.split(' and ') : [fact]));
  return [...new Set(single)].map((fact) => ({ fact, command: commandFor(fact, family === 'IPv6' ? ' -6' : '') }));
}

function commandFor(fact: string, six: string): string {
  const [, setting] = /^(net\.[\w./@-]+)$/.exec(fact) ?? [];
  if (setting !== undefined) return `sysctl ${setting}`;
  const [, set] = /^the members of ipset "([\w.:@-]+)"$/.exec(fact) ?? [];
  if (set !== undefined) return `ipset save ${set}`;
  const [, list] = /^the recent list "([\w.@-]+)"$/.exec(fact) ?? [];
  if (list !== undefined) return `cat /proc/net/xt_recent/${list}`;
  const [, queue] = /queue (\d+)$/.exec(fact) ?? [];
  if (queue !== undefined) return 'cat /proc/net/netfilter/nfnetlink_queue';
  for (const [pattern, command] of commands) if (pattern.test(fact)) return command.replace('{6}', six);
  return 'kubectl proxyrules capture';
}

const commands: readonly (readonly [RegExp, string])[] = [
  [/whole text of the rules/, 'iptables-save -c'],
  [/hairpin/, 'grep -H . /sys/class/net/*/brport/hairpin_mode'],
  [/^rp_filter|route_localnet|accept_local/, 'sysctl -a -r rp_filter'],
  [/routing rule|mark of the packet/, 'ip{6} rule show'],
  [/interface the packet (?:comes in|leaves)|next hop|way back|routes/, 'ip{6} route show table all'],
  [/address/, 'ip{6} addr show'],
  [/source of the packet/, 'ip{6} addr show'],
  [/multicast/, 'ip{6} maddr show'],
  [/listens/, 'ss -ltnp'],
  [/backend's/, 'nft list hooks'],
];
