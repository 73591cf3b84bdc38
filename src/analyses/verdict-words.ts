// The words of a verdict: they are the contract's. How each is shown stands here, too.
import type { Tone } from '../report/report.ts';

export type VerdictState = 'reachable' | 'degraded' | 'unreachable' | 'by-design' | 'unknown';
export type VerdictCause = 'none' | 'api' | 'kube-proxy' | 'foreign-rule' | 'node' | 'conntrack';

export interface Verdict {
  readonly state: VerdictState;
  readonly cause: VerdictCause;
  readonly sentence: string;
}

export function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'object' && value !== null && 'state' in value && 'cause' in value && 'sentence' in value;
}

export const verdictTones: Readonly<Record<VerdictState, Tone>> = {
  reachable: 'good',
  degraded: 'bad',
  unreachable: 'bad',
  'by-design': 'good',
  unknown: 'doubt',
};

/** A chain is not reachable or not: what it is for is no verdict. */
export function verdictLabel(state: VerdictState, isChain: boolean): string {
  return isChain && state === 'reachable' ? 'CHAIN' : state.toUpperCase().replace('-', ' ');
}
