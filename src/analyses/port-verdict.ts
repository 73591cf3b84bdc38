// The verdict for one service port in one family: the first cause that holds, from the way in to the last backend.
import { mainFrontend } from './main-way.ts';
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';
import { degraded } from './port-verdicts/degraded.ts';
import { leftOver } from './port-verdicts/left-over.ts';
import { noBackend } from './port-verdicts/no-backend.ts';
import { notReached } from './port-verdicts/not-reached.ts';
import { noRule, reachable } from './port-verdicts/reachable.ts';
import { refused } from './port-verdicts/refused.ts';
import { allStale } from './port-verdicts/stale-backends.ts';
import { otherWayStopped, stopped } from './port-verdicts/stopped.ts';
import { unserved } from './port-verdicts/ways-not-served.ts';
import type { Verdict } from './verdict-words.ts';

export function portVerdict(view: NodeView, state: PortState): Verdict {
  const main = mainFrontend(state);
  if (main === undefined) return unserved(view, state, main) ?? noRule(view, state);
  return (
    unserved(view, state, main) ??
    leftOver(view, state, main) ??
    notReached(view, state, main) ??
    refused(view, state, main) ??
    noBackend(view, state, main) ??
    allStale(view, state, main) ??
    stopped(view, state, main) ??
    degraded(view, state, main) ??
    otherWayStopped(view, state, main) ??
    reachable(view, state, main)
  );
}
