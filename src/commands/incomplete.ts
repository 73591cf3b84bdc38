// Whether a node's text leaves something open that was asked about.
import type { NodeView } from '../analyses/node-view.ts';
import { missedFamilies } from '../analyses/unread-family.ts';
import type { Report } from '../report/report.ts';
import type { LiveAsk } from './live.ts';

/** A text that is cut, or none at all of a family that a Service asked about has. */
export function isIncomplete(
  { installed, unread, cluster }: NodeView,
  { wanted: { services: asked } }: LiveAsk,
): boolean {
  const services = (cluster?.snapshot.services ?? []).filter(
    ({ namespace, name }) =>
      typeof asked !== 'object' || (asked.namespace === namespace && (asked.name ?? name) === name),
  );
  const missed = missedFamilies(unread, services).filter(({ gap }) => gap !== undefined);
  return installed.defects.length > 0 || missed.length > 0;
}

/** Something was asked about and could not be judged, or moved meanwhile. */
export function isUndecided({ suites = [] }: Report): boolean {
  return suites.some(({ cases }) => cases.some(({ outcome }) => outcome === 'unknown' || outcome === 'unsettled'));
}
