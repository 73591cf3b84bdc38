// The words of a verdict: they are the contract's.

export type VerdictState = 'reachable' | 'degraded' | 'unreachable' | 'by-design' | 'unknown';
export type VerdictCause = 'none' | 'api' | 'kube-proxy' | 'foreign-rule' | 'node' | 'conntrack';

export interface Verdict {
  readonly state: VerdictState;
  readonly cause: VerdictCause;
  readonly sentence: string;
}
