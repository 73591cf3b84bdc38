// Which of the rules in topology.ts a release follows. Where the release is known only roughly, every possibility is
// given: a node is right if its rules are right under any of them.
import { mayBeFrom, mustBeFrom, type ReleaseRange } from './releases.ts';
import type { TopologyRules } from './topology.ts';

/** What changed with which release by default, the newest first. The last holds for all that are older, too. */
const changes: readonly { readonly first: number; readonly rules: TopologyRules }[] = [
  {
    first: 34,
    rules: { zoneHints: 'always', nodeHints: true, terminatingFallback: true, internalPolicy: 'own-chain' },
  },
  {
    first: 31,
    rules: { zoneHints: 'always', nodeHints: false, terminatingFallback: true, internalPolicy: 'own-chain' },
  },
  {
    first: 27,
    rules: { zoneHints: 'with-annotation', nodeHints: false, terminatingFallback: true, internalPolicy: 'own-chain' },
  },
  {
    first: 26,
    rules: {
      zoneHints: 'with-first-annotation',
      nodeHints: false,
      terminatingFallback: true,
      internalPolicy: 'own-chain',
    },
  },
  {
    first: 24,
    rules: {
      zoneHints: 'with-first-annotation',
      nodeHints: false,
      terminatingFallback: false,
      internalPolicy: 'own-chain',
    },
  },
  {
    first: 22,
    rules: { zoneHints: 'never', nodeHints: false, terminatingFallback: false, internalPolicy: 'one-chain' },
  },
  {
    first: 0,
    rules: { zoneHints: 'never', nodeHints: false, terminatingFallback: false, internalPolicy: 'unknown' },
  },
];

/** At least one; the newest release's first. */
export function possibleTopologyRules(release: ReleaseRange): readonly TopologyRules[] {
  return changes
    .filter(({ first }, index) => {
      const next = changes[index - 1]?.first;
      return mayBeFrom(release, first) && (next === undefined || !mustBeFrom(release, next));
    })
    .map(({ rules }) => rules);
}
