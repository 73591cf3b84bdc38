// One thing that rules depend on, and what it may be.
import type { Settings } from '../settings.ts';

export interface Fact {
  /** `local detection`; unique among the facts of a family. */
  readonly name: string;
  /** True where it holds for the node, and so for both families alike. */
  readonly ofNode: boolean;
  /** The likeliest first; at least one. */
  readonly options: readonly Option[];
}

export interface Option {
  /** In words: `pods are 10.244.0.0/16`. */
  readonly value: string;
  /** Where it is from: `ConfigMap kube-system/kube-proxy`, `the rules`, `kube-proxy’s default`. */
  readonly from: string;
  /** Somebody said so: not learnt from the very rules that are to be judged, and not assumed. */
  readonly told: boolean;
  readonly patch: Partial<Settings>;
}

/** Options without those that come to the same as one before. */
export function fact(name: string, ofNode: boolean, options: readonly (Option | undefined)[]): Fact {
  const seen = new Map<string, Option>();
  for (const option of options) {
    if (option === undefined) continue;
    const key = JSON.stringify(option.patch, (_, value) => (value === undefined ? null : value));
    if (!seen.has(key)) seen.set(key, option);
  }
  return { name, ofNode, options: [...seen.values()] };
}
