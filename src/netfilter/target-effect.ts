// What a rule's target does with a packet that fits the rule: lets it go on, leads it elsewhere, rewrites it, or ends
// its walk through the table. More than one effect means: it depends on a fact that the walk does not have.
import { applyConnmark } from './extensions/connmark.ts';
import { flowOf } from './extensions/index.ts';
import { applyChange, applyMark, readMark } from './extensions/mark.ts';
import { rejectType } from './extensions/reject.ts';
import type { Hook } from './hooks.ts';
import { rewrittenAt } from './hooks.ts';
import type { NodeFacts } from './node-facts.ts';
import { withFields } from './packet.ts';
import { rewritten } from './rewrite.ts';
import type { Rule, Target } from './ruleset.ts';
import type { Step } from './step.ts';
import { endOf, type Translation, translationOf } from './translate.ts';
import type { WalkState } from './walk-state.ts';

export type Fate = 'accepted' | 'dropped' | 'rejected' | 'undetermined';

export type Effect =
  /** To the next rule, out of the table, or back to the caller. */
  | { readonly kind: 'next' | 'accept' | 'return'; readonly state: WalkState; readonly steps: readonly Step[] }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string; readonly state: WalkState }
  | { readonly kind: 'end'; readonly fate: Fate; readonly reason: string; readonly state: WalkState };

export interface Effects {
  readonly effects: readonly Effect[];
  /** What would tell which of them it is. */
  readonly fact: string | undefined;
}

export function effectsOf(rule: Rule, state: WalkState, hook: Hook, facts: NodeFacts): Effects {
  const { target } = rule;
  switch (target.kind) {
    case 'none':
      return one({ kind: 'next', state, steps: [] });
    case 'return':
      return one({ kind: 'return', state, steps: [] });
    case 'jump':
    case 'goto':
      return one({ kind: target.kind, chain: target.chain, state });
    case 'verdict':
      if (target.verdict === 'ACCEPT') return one({ kind: 'accept', state, steps: [] });
      if (target.verdict === 'DROP') return one({ kind: 'end', fate: 'dropped', reason: 'DROP', state });
      return queued('0', state);
    case 'NFQUEUE':
      return queued(target.options['queue-num']?.values[0] ?? target.options['queue-balance']?.values[0] ?? '0', state);
    case 'REJECT':
      return one({ kind: 'end', fate: 'rejected', reason: rejectType(target.options) ?? 'REJECT', state });
    case 'unknown':
      return openTarget(`what the target "${target.name}" does`, state);
    case 'TPROXY':
      return given(target, state);
    case 'MARK':
      return changed(rule, state, { mark: applyMark(target.options, state.packet.mark) });
    case 'CONNMARK':
      // Without a connection it does nothing (connmark_tg, xt_connmark.c).
      if (!hasConnection(state)) return one({ kind: 'next', state, steps: [] });
      return changed(rule, state, applyConnmark(target.options, state.packet));
    case 'CT':
    case 'NOTRACK':
      return one({ kind: 'next', state: configured(target, state), steps: [] });
    case 'SET':
      return setChanged(rule, target, state);
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP': {
      const translation = translationOf(rule, state, rewrittenAt(hook), facts);
      return translation === undefined
        ? openTarget(`what ${target.kind} does here`, state)
        : translated(rule, state, translation);
    }
    default:
      if (flowOf(target) === 'continues') return one({ kind: 'next', state, steps: [] });
      return openTarget(`what the target "${target.kind}" does`, state);
  }
}

function one(effect: Effect): Effects {
  return { effects: [effect], fact: undefined };
}

function queued(number: string, state: WalkState): Effects {
  const reason = `the program that reads queue ${number}`;
  return { effects: [{ kind: 'end', fate: 'undetermined', reason, state }], fact: reason };
}

/** Whatever it does, it is either nothing to this walk, or something we cannot tell. */
function openTarget(fact: string, state: WalkState): Effects {
  return {
    effects: [
      { kind: 'next', state, steps: [] },
      { kind: 'end', fate: 'undetermined', reason: fact, state },
    ],
    fact,
  };
}

/** xt_TPROXY.c: the packet is marked and accepted where there is a socket for it, else dropped. */
function given(target: Extract<Target, { kind: 'TPROXY' }>, state: WalkState): Effects {
  const read = readMark(target.options['tproxy-mark']?.values[0] ?? '0/0');
  const mark = read && applyChange({ clear: read.mask, flip: read.value }, state.packet.mark);
  const marked = { ...state, packet: withFields(state.packet, { mark }) };
  const fact = `whether a socket listens on port ${target.options['on-port']?.values[0] ?? ''} for TPROXY`;
  return {
    effects: [
      { kind: 'accept', state: marked, steps: [] },
      { kind: 'end', fate: 'dropped', reason: 'TPROXY found no socket', state },
    ],
    fact,
  };
}

function hasConnection({ tracking }: WalkState): boolean {
  return tracking === 'tracked' || tracking === 'template';
}

function changed(
  rule: Rule,
  state: WalkState,
  marks: { readonly mark?: number | undefined; readonly connectionMark?: number | undefined },
): Effects {
  const { packet } = state;
  const steps: Step[] = [];
  if ('mark' in marks && marks.mark !== packet.mark) {
    steps.push({ kind: 'mark', rule: rule.ref, of: 'packet', from: packet.mark, to: marks.mark });
  }
  if ('connectionMark' in marks && marks.connectionMark !== packet.connectionMark) {
    steps.push({
      kind: 'mark',
      rule: rule.ref,
      of: 'connection',
      from: packet.connectionMark,
      to: marks.connectionMark,
    });
  }
  if (steps.length === 0) return one({ kind: 'next', state, steps });
  return one({
    kind: 'next',
    state: {
      ...state,
      packet: withFields(packet, { mark: packet.mark, connectionMark: packet.connectionMark, ...marks }),
    },
    steps,
  });
}

/** What a packet has already, another CT rule does not change (xt_ct_target, xt_CT.c). */
function configured(target: Extract<Target, { kind: 'CT' | 'NOTRACK' }>, state: WalkState): WalkState {
  if (state.tracking !== 'none') return state;
  if (target.kind === 'NOTRACK' || target.options.notrack !== undefined) {
    return { ...state, tracking: 'untracked', packet: { ...state.packet, state: 'UNTRACKED' } };
  }
  return { ...state, tracking: 'template', packet: { ...state.packet, state: 'NEW', connectionMark: 0 } };
}

function setChanged(rule: Rule, target: Extract<Target, { kind: 'SET' }>, state: WalkState): Effects {
  const names = (['add-set', 'del-set'] as const).flatMap((option) => target.options[option]?.values[0] ?? []);
  const changedSets = [...new Set([...state.changedSets, ...names])].sort();
  const next = { ...state, changedSets };
  // What is mapped stands in the set beside the element, and is not captured.
  return target.options['map-mark'] === undefined
    ? one({ kind: 'next', state: next, steps: [] })
    : changed(rule, next, { mark: undefined });
}

function translated(rule: Rule, state: WalkState, translation: Translation): Effects {
  if (translation.kind === 'dropped') return one({ kind: 'end', fate: 'dropped', reason: translation.reason, state });
  if (translation.kind === 'unknown') {
    return {
      effects: [{ kind: 'end', fate: 'undetermined', reason: translation.fact, state }],
      fact: translation.fact,
    };
  }
  const { end, to, fact } = translation;
  const steps: Step[] = [{ kind: 'rewrite', rule: rule.ref, end, from: endOf(state, end), to }];
  if (fact !== undefined) steps.push({ kind: 'unknown', rule: rule.ref, fact });
  return one({ kind: 'accept', state: rewritten(state, end, to), steps });
}
