// What one walk has at hand at every step.
import type { NodeFacts } from './node-facts.ts';
import type { ConntrackState } from './packet.ts';
import type { Ruleset } from './ruleset.ts';
import type { Frames } from './walk-frames.ts';

export interface WalkSetting {
  /** Of one family. Where two hold the same table, the first is asked first. */
  readonly rulesets: readonly Ruleset[];
  readonly facts: NodeFacts;
  /** What connection tracking makes of the packet. */
  readonly conntrack: ConntrackState;
}

export interface WalkContext extends WalkSetting {
  readonly frames: Frames;
  /** Rules that the packet was held against so far. */
  asked: number;
}
