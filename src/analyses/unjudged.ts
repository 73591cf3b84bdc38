// What is not in a verdict: a family whose text is damaged, or that the node did not tell.
import type { Family } from '../address.ts';
import { isTrusted, type NodeView } from './node-view.ts';
import { type UnreadFamily, whyUnread } from './unread-family.ts';
import type { Verdict } from './verdict-words.ts';

/** One sentence for each family of `families` whose text is damaged, and of `missed` that could not be read. */
export function unjudged(
  view: NodeView,
  families: readonly Family[],
  missed: readonly UnreadFamily[],
): readonly string[] {
  const damaged = [...new Set(families)].filter((family) => !isTrusted(view, family));
  return [
    ...damaged.map((family) => `${family} was not judged: its text is cut or damaged`),
    ...missed.filter(({ gap }) => gap !== undefined).map((each) => `${each.family} was not judged: ${whyUnread(each)}`),
  ];
}

/** A fault that was seen stands; that nothing is wrong cannot be said of half a node. */
export function withUnjudged(verdict: Verdict, sentences: readonly string[]): Verdict {
  const { state, sentence } = verdict;
  if (sentences.length === 0) return verdict;
  return state === 'reachable' || state === 'by-design'
    ? { state: 'unknown', cause: 'node', sentence: [...sentences, sentence].join('; ') }
    : { ...verdict, sentence: [sentence, ...sentences].join('; ') };
}
