// The answer of a live cluster: every node asked about, what moved meanwhile, and where a verb wants it a second look.
import { setTimeout as sleep } from 'node:timers/promises';
import { type NodeView, viewNode } from '../analyses/node-view.ts';
import { settle } from '../analyses/settle.ts';
import { UsageError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';
import type { Report } from '../report/report.ts';
import { factsOf } from './facts.ts';
import { isIncomplete, isUndecided } from './incomplete.ts';
import type { Io } from './io.ts';
import type { Live, LiveAsk, NodeOutcome } from './live.ts';
import type { Answered, Options, Question } from './question.ts';
import { version } from './version.ts';

export async function answerLive<Answer extends Report>(
  io: Io,
  options: Options,
  question: Question<Answer>,
): Promise<Answered> {
  if (options.cluster === false) {
    throw new UsageError('NO_SOURCE', 'there is no node to look at', {
      hint: '--no-cluster needs saved rules: --rules FILE, --capture PATH, or --demo',
    });
  }
  // Loaded on use: a saved text must not pay for a cluster.
  const { openLive } = await import('./live.ts');
  const live = await openLive(io, options, question.live);
  try {
    const first = await lookAt(io, options, question, live);
    const outcomes = await secondLook(io, options, question, live, first);
    const moved = await live.moved();
    const unreadable = outcomes.flatMap((each) =>
      'unreadable' in each
        ? [{ node: each.node, reason: each.unreadable, hint: each.hint, applicable: each.applicable }]
        : [],
    );
    const answers = outcomes.flatMap((each) => ('answer' in each ? [{ node: each.node, ...each.answer }] : []));
    const settled = answers.flatMap(({ report }) =>
      report === undefined ? [] : [settle(report, moved, isOneService(question.live))],
    );
    const absent = answers.flatMap(({ node, absent: error }) => (error === undefined ? [] : [{ node, error }]));
    for (const note of live.notes) io.stderr(`note: ${visible(note)}\n`);
    // What no node knows was mistyped.
    if (settled.length === 0 && unreadable.length === 0 && absent[0] !== undefined) throw absent[0].error;
    const report = question.merge({
      reports: settled.map((each) => each.report),
      unreadable,
      absent: absent.map(({ node, error }) => ({ node, reason: error.message })),
    });
    const incomplete =
      live.misses ||
      answers.some((each) => each.incomplete) ||
      settled.some(({ whole, report }) => !whole || isUndecided(report)) ||
      unreadable.some(({ applicable }) => applicable);
    const applicable = answers.length > 0 || unreadable.some((each) => each.applicable);
    return { report, incomplete, applicable };
  } finally {
    await live.close();
  }
}

interface Asked<Answer> {
  readonly report?: Answer;
  readonly absent?: UsageError;
  readonly incomplete: boolean;
}

function lookAt<Answer extends Report>(
  io: Io,
  options: Options,
  question: Question<Answer>,
  live: Pick<Live, 'eachNode' | 'snapshot'>,
): Promise<readonly NodeOutcome<Asked<Answer>>[]> {
  return live.eachNode(async (capture) => {
    const view = viewNode(capture, live.snapshot, await factsOf(io, options, capture, []));
    return { ...askedOf(question, view), incomplete: isIncomplete(view, question.live) };
  }, question.keepsUnread);
}

/** A name that a node does not know may be known on the next. */
function askedOf<Answer extends Report>(
  question: Question<Answer>,
  view: NodeView,
): { readonly report?: Answer; readonly absent?: UsageError } {
  try {
    return { report: question.ask(view, { tool: version, notes: [] }) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { absent: error };
  }
}

function isOneService({ wanted: { services } }: LiveAsk): boolean {
  return typeof services === 'object' && services.name !== undefined;
}

/** Rules are written a moment after the API changed: what is wrong counts if it is so again, of both then. */
async function secondLook<Answer extends Report>(
  io: Io,
  options: Options,
  question: Question<Answer>,
  live: Live,
  first: readonly NodeOutcome<Asked<Answer>>[],
): Promise<readonly NodeOutcome<Asked<Answer>>[]> {
  const { second } = question;
  const suspect = first.flatMap((each) =>
    'answer' in each && each.answer.report !== undefined && second?.isWanted(each.answer.report) ? [each.node] : [],
  );
  if (second === undefined || second.after === 0 || suspect.length === 0) return first;
  io.stderr(
    `note: ${suspect.length === 1 ? `${visible(suspect[0] ?? '')} differs` : `${suspect.length} nodes differ`}: looking again in ${second.after / 1000} s\n`,
  );
  await sleep(second.after, undefined, io.interrupted === undefined ? {} : { signal: io.interrupted });
  const again = await lookAt(io, options, question, await live.again(suspect));
  return first.map((before) => {
    const after = again.find(({ node }) => node === before.node);
    if (after === undefined || !('answer' in before) || !('answer' in after)) return after ?? before;
    const [old, now] = [before.answer.report, after.answer.report];
    if (old === undefined || now === undefined) return after;
    return { ...after, answer: { ...after.answer, report: second.outlasting(old, now) } };
  });
}
