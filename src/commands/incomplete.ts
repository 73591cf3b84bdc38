// Whether a node's text leaves something open that was asked about.
import type { NodeView } from '../analyses/node-view.ts';
import { missedFamilies } from '../analyses/unread-family.ts';
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
