// One change to one text.
import type { Edit } from './saved-text.ts';

export interface Mutant {
  /** `delete a rule`, `another port`. */
  readonly operator: string;
  readonly edit: Edit;
  /** The chains that it changes, as `table/name`; empty where it changes no rule. */
  readonly chains: readonly string[];
  /** The rules that it takes away, changes or moves, as they were and as they are. A report names one of them, its chain or its Service. */
  readonly rules: readonly string[];
}
