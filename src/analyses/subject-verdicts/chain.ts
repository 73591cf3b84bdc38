// A chain: what it is for; and what is wrong with its service port, if anything is.
import { chainSentence } from '../explain-chain.ts';
import type { NodeView } from '../node-view.ts';
import type { Subject } from '../resolve/subject.ts';
import { worst } from '../verdict.ts';
import type { Verdict } from '../verdict-words.ts';

export function chainVerdict(view: NodeView, { family, chain, states }: Extract<Subject, { kind: 'chain' }>): Verdict {
  const sentence = chainSentence(view, family, chain, states);
  const verdict = worst(view, states);
  return states.length === 0 || verdict.state === 'reachable'
    ? { state: 'reachable', cause: 'none', sentence }
    : { ...verdict, sentence: `${sentence}; ${verdict.sentence}` };
}
