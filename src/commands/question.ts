// What one verb asks, of the API server and of each node, and how its answers become one.
import type { NodeView } from '../analyses/node-view.ts';
import type { NodeAnswers } from '../analyses/unreadable.ts';
import type { Meta, Report } from '../report/report.ts';
import type { LiveAsk } from './live.ts';
import type { LiveOptions } from './live-options.ts';
import type { InputOptions, OutputOptions, SuppressionOptions } from './options.ts';

export type Options = InputOptions & OutputOptions & LiveOptions & SuppressionOptions;

/** `ask` answers for one node, `merge` puts several nodes' answers together, or one's. */
export interface Question<Answer extends Report = Report> {
  readonly live: LiveAsk;
  ask(view: NodeView, meta: Meta): Answer;
  merge(answers: NodeAnswers<Answer>): Report;
  /** Last of all, with suppressed findings marked: what the document sums up. */
  conclude?(report: Report): Report;
  /** Something that was asked about stays open, although all texts are whole. */
  leavesOpen?(answer: Report): boolean;
  /** A node that cannot be read is a row even where it is the only one. */
  readonly keepsUnread?: boolean;
  /** What is wrong must still be so at a second look. */
  readonly second?: SecondLook<Answer>;
}

export interface SecondLook<Answer extends Report> {
  /** In milliseconds; 0 for no second look. */
  readonly after: number;
  isWanted(first: Answer): boolean;
  /** What both looks have. */
  outlasting(first: Answer, second: Answer): Answer;
}

export interface Answered {
  readonly report: Report;
  /** Something that was asked about could not be read. */
  readonly incomplete: boolean;
  /** False where no node has a kube-proxy. */
  readonly applicable: boolean;
}
