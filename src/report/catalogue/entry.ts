// What the catalogue says about one code. Written by us, shown offline: no field comes from a cluster.
import type { Severity } from '../finding.ts';

export interface CatalogueEntry {
  /** A few words, no final stop. */
  readonly title: string;
  /** Its usual severity; a finding may carry another where its evidence says so. */
  readonly severity: Severity;
  readonly cause: Cause;
  /** What is so, one or two sentences. */
  readonly meaning: string;
  /** What the user of the Service sees. */
  readonly why: string;
  /** When it is nothing to worry about. */
  readonly byDesign?: string;
  /**
   * What to type or read, in order: a command (it begins with `kubectl `) or a sentence. The first is a command that
   * changes nothing; one that changes something stands directly after the sentence that says what it does.
   */
  readonly next: readonly string[];
  readonly references: readonly string[];
}

/** Who is at fault. */
export type Cause = 'api' | 'kube-proxy' | 'foreign-rule' | 'node' | 'conntrack' | 'text';
