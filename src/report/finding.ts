// A finding: a claim with a stable code, its evidence and what to read next. Plain data; the sentence is ready to print.

export type Severity = 'critical' | 'warning' | 'info';

export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The service port's name; empty where unnamed or where the subject has none. */
  readonly port: string;
  readonly protocol: string;
}

/** What a finding rests on. */
export type Evidence =
  | {
      readonly kind: 'rule';
      readonly family: string;
      readonly table: string;
      readonly chain: string;
      readonly index: number;
      readonly line: number;
      readonly text: string;
    }
  /** Expected (`-`) and installed (`+`) rules of one chain; `line` is of the first installed one, 0 where there is none. */
  | {
      readonly kind: 'diff';
      readonly family: string;
      readonly table: string;
      readonly chain: string;
      readonly line: number;
      readonly lines: readonly string[];
    }
  | { readonly kind: 'object'; readonly object: string; readonly says: string }
  | { readonly kind: 'text'; readonly line: number; readonly text: string };

export interface Finding {
  /** `KPR201`. */
  readonly code: string;
  readonly severity: Severity;
  readonly node: string;
  readonly subject: Subject;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** Something to read or to run by hand. Never run by this tool. */
  readonly remedy: string;
  /** Present where the user said that this one is known: it is printed, and does not count against the node. */
  readonly suppressed?: Suppressed;
}

export interface Suppressed {
  readonly reason: string;
  /** As it was written: a date or RFC 3339. */
  readonly expires?: string;
  /** Where the user said so: a flag, or a file and its entry. */
  readonly by: string;
}
