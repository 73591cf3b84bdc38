// Which of the rules in topology.ts a release follows. Where the release is known only roughly, every possibility is
// given: a node is right if its rules are right under any of them.
import { mayBeFrom, mustBeFrom, type ReleaseRange } from './releases.ts';
import type { TopologyRules } from './topology.ts';

/** Facts with the first release that has them by default. */
const zoneHintsWithoutAnnotation = 31;
const nodeHintsByDefault = 34;
const terminatingFallbackByDefault = 26;

/** At least one; the newest release's first. */
export function possibleTopologyRules(release: ReleaseRange): readonly TopologyRules[] {
  const rules: TopologyRules[] = [];
  for (const nodeHints of choices(release, nodeHintsByDefault)) {
    for (const always of choices(release, zoneHintsWithoutAnnotation)) {
      for (const terminatingFallback of choices(release, terminatingFallbackByDefault)) {
        // A newer fact implies the older ones.
        if ((nodeHints && !always) || (always && !terminatingFallback)) continue;
        rules.push({ zoneHints: always ? 'always' : 'with-annotation', nodeHints, terminatingFallback });
      }
    }
  }
  return rules;
}

function choices(release: ReleaseRange, first: number): readonly boolean[] {
  if (mustBeFrom(release, first)) return [true];
  return mayBeFrom(release, first) ? [true, false] : [false];
}
