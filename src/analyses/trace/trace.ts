// `trace`: the walk of one packet through everything on a node.
import type { Meta, Report } from '../../report/report.ts';
import { metaOf, type NodeView } from '../node-view.ts';
import { documentOf } from './document.ts';
import { journeyOf } from './journey.ts';
import { pictureOf } from './picture.ts';
import type { TraceQuestion } from './question.ts';
import { ruleTexts } from './rule-texts.ts';
import { stepTree } from './step-tree.ts';
import { story } from './story.ts';
import { walked } from './walked.ts';

/** Throws UsageError where sender or receiver is not there, or the packet would not come by this node. */
export function traceReport(view: NodeView, question: TraceQuestion, meta: Meta): Report {
  const walk = walked(view, journeyOf(view, question));
  const { journey, rulesets, outcomes, notes } = walk;
  const { label, tone, sentence, sentences } = story(view, walk);
  const own = metaOf(view, meta);
  const lines = stepTree(
    outcomes.flatMap((each) => each.open?.endings ?? [each]),
    ruleTexts(rulesets),
  );
  return {
    kind: 'Trace',
    meta: { ...own, notes: [...own.notes, ...journey.notes, ...notes] },
    data: documentOf(walk),
    findings: [],
    blocks: [
      { kind: 'verdict', tone, label, sentence },
      { kind: 'list', items: sentences },
      { kind: 'heading', text: 'Walk' },
      { kind: 'rules', rules: lines },
    ],
    graph: pictureOf(walk),
  };
}

/** Whether an end is open: the answer is no answer then. */
export function isUndecided({ data }: Report): boolean {
  const { outcomes } = data;
  return (
    Array.isArray(outcomes) &&
    outcomes.some(
      (each: unknown) => typeof each === 'object' && each !== null && Reflect.get(each, 'fate') === 'undetermined',
    )
  );
}
