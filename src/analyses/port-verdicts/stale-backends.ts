// Backends that connections still go to although kube-proxy should not use them any more: all of them, or some.
import { isZero } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import type { BackendState } from '../backend-state.ts';
import { portText } from '../checks/check.ts';
import { plural } from '../checks/stale.ts';
import { mainBackends } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict } from '../verdict-words.ts';
import { count, listing, onNode, percent, sum } from '../words.ts';

export function allStale(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const inUse = mainBackends(state, main).filter(({ share }) => !isZero(share));
  if (inUse.length === 0 || inUse.some(({ unwanted }) => unwanted === undefined)) return undefined;
  const offers = state.endpoints.filter(({ ready }) => ready).length;
  const api =
    offers === 0 ? 'the API offers no endpoint any more' : `the API offers others (${count(offers, 'endpoint')})`;
  return {
    state: 'unreachable',
    cause: 'kube-proxy',
    sentence: `every backend of ${portText(state.name)} in the rules ${onNode(view)} is stale (${addresses(inUse)}): ${api}, and kube-proxy has not followed`,
  };
}

/** The sentence of a degraded service port. */
export function someStale(view: NodeView, state: PortState, main: Frontend): string | undefined {
  const lost = mainBackends(state, main).filter(({ unwanted, share }) => unwanted !== undefined && !isZero(share));
  if (lost.length === 0) return undefined;
  return `${percent(sum(lost.map(({ share }) => share)))} of new connections to ${portText(state.name)} ${onNode(view)} go to ${count(lost.length, 'stale backend')} (${addresses(lost)}) that kube-proxy has not removed: ${reasonText(lost)}`;
}

function addresses(backends: readonly BackendState[]): string {
  return listing(backends.map(({ address }) => address));
}

function reasonText(lost: readonly BackendState[]): string {
  const reasons = [...new Set(lost.map(({ unwanted }) => unwanted ?? ''))];
  return listing(lost.length === 1 ? reasons : reasons.map(plural));
}
