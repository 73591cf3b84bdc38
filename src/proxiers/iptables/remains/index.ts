// What others than the kube-proxy of now have left in the rules of a node.
import type { Ruleset } from '../../../netfilter/ruleset.ts';
import type { Remains } from '../../proxier.ts';
import { isLocalhostOpen } from './localhost-guard.ts';
import { lostDrops } from './lost-drops.ts';
import { modeRemains } from './mode-remains.ts';
import { otherBackends } from './other-backend.ts';

export function remainsOf(rulesets: readonly Ruleset[], others: readonly Ruleset[]): Remains {
  return {
    otherBackends: otherBackends(others),
    ofModes: modeRemains(rulesets),
    lostDrops: lostDrops(rulesets),
    localhostOpen: rulesets.some(isLocalhostOpen),
  };
}
