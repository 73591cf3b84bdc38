// The answer from a saved text: text and objects in, view, answer.
import { cwd } from 'node:process';
import { viewNode } from '../analyses/node-view.ts';
import type { Capture } from '../capture/capture.ts';
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { readObjects } from '../cluster/objects-file.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { visible } from '../renderers/visible.ts';
import type { Report } from '../report/report.ts';
import { factsOf } from './facts.ts';
import { isIncomplete, isUndecided } from './incomplete.ts';
import type { Io } from './io.ts';
import type { LiveAsk } from './live.ts';
import type { Answered, Options, Question } from './question.ts';
import { textPlaces } from './text-places.ts';
import { version } from './version.ts';

export async function answerSaved<Answer extends Report>(
  io: Io,
  options: Options,
  question: Question<Answer>,
  capture: Capture,
): Promise<Answered> {
  const objects = options.cluster === false ? [] : await readObjects(capture.objects);
  const { snapshot, misses } = await snapshotOf(io, options, question.live, objects);
  const view = viewNode(capture, snapshot, await factsOf(io, options, capture, objects));
  const report = question.ask(view, { tool: version, notes: [] });
  return {
    report: { ...report, texts: textPlaces(options, view.name, cwd()) },
    incomplete: misses || isIncomplete(view, question.live) || isUndecided(report),
    applicable: true,
  };
}

/** The objects beside the text; without any, those of the live cluster. */
async function snapshotOf(
  io: Io,
  options: Options,
  ask: LiveAsk,
  objects: readonly unknown[],
): Promise<{ readonly snapshot: ClusterSnapshot | undefined; readonly misses: boolean }> {
  if (options.cluster === false) return { snapshot: undefined, misses: false };
  if (objects.length > 0) return { snapshot: snapshotFromObjects(objects), misses: false };
  const live = await openLiveObjects(io, options, ask);
  for (const note of live.notes) io.stderr(`note: ${visible(note)}\n`);
  return live;
}

/** Loaded on use: a saved text must not pay for a cluster. */
async function openLiveObjects(io: Io, options: Options, ask: LiveAsk) {
  return (await import('./live-objects.ts')).openLiveObjects(io, options, ask);
}
