// Differences in the chains that all service ports share, as far as a rule's address and port alone tell of them: nothing
// that kube-proxy can be set to gives a service port another address.
import type { Family } from '../../../address.ts';
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import type { Difference } from '../../difference.ts';
import type { ServicePort } from '../../service-ports.ts';
import type { ExpectedRule } from '../expect/expected.ts';
import { wayOf } from './dispatch-chain.ts';

/** How many ports lack a rule in a chain where not one rule is for that address and port, each chain for itself. */
export function absentWays(ruleset: Ruleset, expected: readonly ExpectedRule[]): number {
  let count = 0;
  for (const group of Map.groupBy(expected, ({ table, chain }) => `${table}/${chain}`).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const installed = waysIn(ruleset, first.table, first.chain);
    const lacking = group.filter(({ text }) => {
      const way = wayOf(text);
      return way !== undefined && !installed.has(way);
    });
    count += new Set(lacking.map(({ port }) => port)).size;
  }
  return count;
}

/** How many of the differences are rules of Services that the API does not have, for what none that it has can claim. */
export function strangers(differences: readonly Difference[], ports: readonly ServicePort[], family: Family): number {
  const suspects = differences.filter(
    (each) => each.family === family && each.kind === 'extra' && each.owner?.kind === 'named',
  );
  if (suspects.length === 0) return 0;
  const claims = new Set(ports.flatMap((port) => (port.family === family ? claimsOf(port) : [])));
  return suspects.filter(({ lines }) =>
    lines.some(({ text }) => {
      const way = wayOf(text);
      return way !== undefined && !claims.has(way);
    }),
  ).length;
}

const known = new WeakMap<Ruleset, Map<string, ReadonlySet<string>>>();

/** Kept, since it is asked for once for each setting. */
function waysIn(ruleset: Ruleset, table: string, chain: string): ReadonlySet<string> {
  const chains = known.get(ruleset) ?? new Map<string, ReadonlySet<string>>();
  known.set(ruleset, chains);
  const key = `${table}/${chain}`;
  const found = chains.get(key);
  if (found !== undefined) return found;
  const rules =
    ruleset.tables
      .find(({ name }) => name === table)
      ?.chain(chain)
      ?.rules() ?? [];
  const ways = new Set(rules.flatMap(({ text }) => wayOf(text) ?? []));
  chains.set(key, ways);
  return ways;
}

/** In the words of `wayOf`, under any settings. */
function claimsOf(port: ServicePort): readonly string[] {
  const length = port.family === 'IPv4' ? 32 : 128;
  const protocol = port.name.protocol.toLowerCase();
  const ingress = port.service.loadBalancerIngress.flatMap(({ ip }) => ip ?? []);
  return [
    ...[port.clusterIP, ...port.externalIPs, ...ingress].map((ip) => `${ip}/${length} ${protocol} ${port.port}`),
    ...(port.nodePort === undefined ? [] : [` ${protocol} ${port.nodePort}`]),
    ...(port.service.healthCheckNodePort === undefined ? [] : [` tcp ${port.service.healthCheckNodePort}`]),
  ];
}
