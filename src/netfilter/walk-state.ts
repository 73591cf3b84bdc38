// What a packet and its connection are at one point of the walk. Immutable; two walks that come to the same place with
// the same state go on as one.
import type { Address } from '../address.ts';
import type { Packet } from './packet.ts';

export interface WalkState {
  readonly packet: Packet;
  /**
   * Whether the packet has a connection: `none` before it came to connection tracking, `template` where a CT rule has
   * given it the settings of one, `untracked` where a rule has told tracking to leave it alone.
   */
  readonly tracking: 'none' | 'template' | 'tracked' | 'untracked' | 'invalid';
  /** Which ends the nat table has been asked about: it is asked once for each (nf_nat_initialized). */
  readonly asked: { readonly source: boolean; readonly destination: boolean };
  /** Whether it went out by the loopback device and comes in again. */
  readonly looped: boolean;
  /** The way out that routing chose. `undefined` where there is none yet. */
  readonly out: Out | undefined;
  /** Answers of recent lists that this walk has settled, by list and address. */
  readonly recent: ReadonlyMap<string, boolean | undefined>;
  /** ipsets that a rule on the way may have changed. */
  readonly changedSets: readonly string[];
  /** What the packet was when it came to a table of OUTPUT behind which it is routed again if that has changed it. */
  readonly before: { readonly mark: number | undefined; readonly destination: Address | undefined } | undefined;
  /** For a reply: what the connection's translation does to it. */
  readonly reply: ReplyRewrite | undefined;
}

export interface Out {
  readonly local: boolean | undefined;
  readonly interface: string | undefined;
  readonly gateway: Address | undefined;
  /** What would tell the rest. */
  readonly fact: string | undefined;
}

/** A reply is rewritten by its connection, without a rule: the destination first, the source on the way out. */
export interface ReplyRewrite {
  readonly destination: { readonly address: Address | undefined; readonly port: number | undefined } | undefined;
  readonly source: { readonly address: Address | undefined; readonly port: number | undefined } | undefined;
}

/** Equal for states that no rule and no route can tell apart. */
export function stateKey(state: WalkState): string {
  const known = keys.get(state);
  if (known !== undefined) return known;
  const { packet, tracking, asked, looped, out, recent, changedSets, before } = state;
  const { inSet: _, ...fields } = packet;
  const key = JSON.stringify([
    fields,
    tracking,
    asked.source,
    asked.destination,
    looped,
    out === undefined ? null : [out.local, out.interface, out.gateway].map((part) => part ?? null),
    recent.size === 0 ? 0 : [...recent].map(([name, listed]) => [name, listed ?? null]),
    changedSets,
    before ?? 0,
  ]);
  keys.set(state, key);
  return key;
}

const keys = new WeakMap<WalkState, string>();
