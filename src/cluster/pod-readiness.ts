// Whether a Pod is ready and, if not, why: core/v1 PodStatus in its own words (reasons of the kubelet and the scheduler).
import { elementsOf, type Fields, fieldsOf, nonEmptyTextOf } from './json.ts';

/** The Ready condition; `Unknown` is not ready. `undefined` where the pod has none yet. */
export function isPodReady(status: Fields): boolean | undefined {
  const ready = conditionOf(status, 'Ready');
  return ready && ready.status === 'True';
}

/**
 * One line, `undefined` where the pod is ready: `Unschedulable: 0/3 nodes are available`, `ContainersNotReady: containers
 * with unready status: [web]; container web: CrashLoopBackOff (last: OOMKilled, exit code 137)`. A pod under deletion is
 * `terminating`, whatever its conditions say: its endpoints are no longer ready.
 */
export function whyNotReady(status: Fields, deleted: boolean): string | undefined {
  if (deleted) return 'terminating';
  if (isPodReady(status) === true) return undefined;
  const reasons = [reasonOf(status), failingCondition(status), failingContainer(status)].filter(
    (text) => text !== undefined,
  );
  return reasons.length > 0 ? reasons.join('; ') : (nonEmptyTextOf(status.phase) ?? 'no Ready condition');
}

// In the order of cause: an unscheduled pod is not initialized, one not initialized has no ready containers. Ready
// itself also tells of readiness gates.
const conditions = ['PodScheduled', 'Initialized', 'Ready'];

function failingCondition(status: Fields): string | undefined {
  for (const type of conditions) {
    const condition = conditionOf(status, type);
    if (condition !== undefined && condition.status !== 'True') return reasonOf(condition) ?? `${type} is not True`;
  }
  return undefined;
}

function conditionOf(status: Fields, type: string): Fields | undefined {
  return elementsOf(status.conditions)
    .map(fieldsOf)
    .find((condition) => condition.type === type);
}

function failingContainer(status: Fields): string | undefined {
  for (const element of [...elementsOf(status.initContainerStatuses), ...elementsOf(status.containerStatuses)]) {
    const container = fieldsOf(element);
    const why = stateOf(fieldsOf(container.state), fieldsOf(container.lastState));
    if (why !== undefined) return `container ${oneLine(nonEmptyTextOf(container.name) ?? '?')}: ${why}`;
  }
  return undefined;
}

/** A container runs, waits, or has ended; one that ended well holds nobody up. */
function stateOf(state: Fields, lastState: Fields): string | undefined {
  const waiting = reasonOf({ reason: fieldsOf(state.waiting).reason });
  const last = endOf(fieldsOf(lastState.terminated));
  if (waiting !== undefined) return last === undefined ? waiting : `${waiting} (last: ${last})`;
  const terminated = fieldsOf(state.terminated);
  return terminated.exitCode === 0 ? undefined : endOf(terminated);
}

function endOf({ reason, exitCode }: Fields): string | undefined {
  const code = typeof exitCode === 'number' ? `exit code ${exitCode}` : undefined;
  const parts = [reasonOf({ reason }), code].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

function reasonOf({ reason, message }: Fields): string | undefined {
  const parts = [nonEmptyTextOf(reason), nonEmptyTextOf(message)].filter((part) => part !== undefined).map(oneLine);
  return parts.length > 0 ? parts.join(': ') : undefined;
}

const longest = 200;

function oneLine(text: string): string {
  const line = text
    .slice(0, 2 * longest)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : line;
}
