// The release, and with it how endpoints are chosen.
import type { ProxyFacts } from '../../proxy-facts.ts';
import type { TopologyRules } from '../../topology.ts';
import { possibleTopologyRules } from '../../topology-rules.ts';
import { newestExpected, oldestExpected, releaseFacts } from '../releases.ts';
import type { Settings } from '../settings.ts';
import { type Fact, fact, type Option } from './fact.ts';

/** Of a range, one release for each way that the rules may be written. */
export function releaseFact({ release, config }: ProxyFacts): Fact {
  const first = Math.max(release.first ?? oldestExpected, oldestExpected);
  const last = Math.max(first, release.last ?? newestExpected);
  const gates = config?.values.featureGates ?? {};
  const minors = changes.filter((minor) => minor > first && minor <= last).map((minor) => minor - 1);
  const told = release.first === release.last && release.first !== undefined;
  return fact(
    'release',
    true,
    [last, ...minors.reverse()].map((minor): Option => {
      const [rules] = possibleTopologyRules({ first: minor, last: minor, from: '' });
      return {
        value: `1.${minor}`,
        from: release.from,
        told,
        patch: { minor, ...(rules && { topology: withGates(rules, gates) }), ...externalIPs(gates) },
      };
    }),
  );
}

/** The first releases of which a rule or a choice of endpoints differs from the release before. */
const changes: readonly number[] = [
  ...new Set([
    ...Object.values(releaseFacts).flatMap(({ first, last }) => [first, ...(last === undefined ? [] : [last + 1])]),
    // ../../topology-rules.ts
    ...[26, 27, 31, 34],
  ]),
].sort((a, b) => a - b);

function withGates(rules: TopologyRules, gates: Readonly<Record<string, boolean>>): TopologyRules {
  return {
    ...rules,
    ...(gates.TopologyAwareHints === false && { zoneHints: 'never' as const }),
    ...(gates.PreferSameTrafficDistribution !== undefined && { nodeHints: gates.PreferSameTrafficDistribution }),
    ...(gates.ProxyTerminatingEndpoints !== undefined && { terminatingFallback: gates.ProxyTerminatingEndpoints }),
  };
}

function externalIPs({ AllowServiceExternalIPs: allowed }: Readonly<Record<string, boolean>>): Partial<Settings> {
  return allowed === false ? { refusesExternalIPs: true } : {};
}
