// One finding for a node that stands still, with the moment, and with what kube-proxy's own metrics say of it.
import type { Finding } from '../../report/finding.ts';
import { nodeSubject, raise } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode } from '../words.ts';
import type { Change, ChangedService } from './changed-service.ts';
import { diffEvidence } from './diff-evidence.ts';
import type { Freeze } from './freeze.ts';
import { serviceEvidence } from './service-evidence.ts';

/** More names than this in one sentence are counted. */
const mostNames = 12;

/** `details` are the findings that each Service would be on its own. */
export function frozenFinding(
  view: NodeView,
  freeze: Partial<Freeze> & { readonly failed: boolean },
  changed: readonly ChangedService[],
  details: readonly Finding[],
): Finding {
  const { missing, present, failed } = freeze;
  const deaf = !failed && isDeaf(view, missing);
  const names = changed.map(({ namespace, name }) => `${namespace}/${name}`);
  const first = missing === undefined ? '' : `; the first is of ${missing.time} (${missing.what})`;
  const newest =
    present === undefined ? '' : `, and the newest that the rules have is of ${present.time} (${present.what})`;
  return raise(deaf ? 'KPR212' : 'KPR204', view, {
    subject: nodeSubject(view),
    message: `the ${failed ? 'nat rules' : 'rules'} ${onNode(view)} are frozen: they lack changes to ${count(names.length, 'Service')} (${listing(names, mostNames)})${first}${newest}${failed ? '. The filter table has them already, so kube-proxy writes, and iptables-restore refuses nat' : '. kube-proxy has written nothing since'}${metricsText(view)}`,
    evidence: [
      ...serviceEvidence(details),
      // One of them, so that the text can be opened there; each Service's own is told by its name.
      ...changed
        .slice(0, 1)
        .flatMap(({ differences }) => differences.slice(0, 1).map((each) => diffEvidence(view, each, 4))),
    ],
  });
}

/** By its own metrics nothing was asked of it since before the first change that is missing. */
function isDeaf({ metrics }: NodeView, missing: Change | undefined): boolean {
  if (metrics?.lastQueued === undefined || missing === undefined) return false;
  const failures = metrics.restoreFailures + metrics.partialRestoreFailures;
  return failures === 0 && metrics.lastQueued * 1000 < Date.parse(missing.time);
}

function metricsText({ metrics }: NodeView): string {
  if (metrics === undefined) return '';
  const { lastSync, lastQueued, restoreFailures, partialRestoreFailures } = metrics;
  const failed = restoreFailures + partialRestoreFailures;
  const parts = [
    ...(lastSync === undefined ? [] : [`its last sync succeeded at ${timeText(lastSync)}`]),
    ...(lastQueued === undefined ? [] : [`one was last asked for at ${timeText(lastQueued)}`]),
    ...(failed === 0 ? [] : [`${count(failed, 'restore')} failed since it started`]),
  ];
  return parts.length === 0 ? '' : `; by its own metrics ${listing(parts)}`;
}

/** Seconds since 1970 as the API writes times. */
function timeText(seconds: number): string {
  const milliseconds = Math.round(seconds) * 1000;
  return Math.abs(milliseconds) > 8.64e15
    ? 'an unknown time'
    : new Date(milliseconds).toISOString().replace('.000', '');
}
