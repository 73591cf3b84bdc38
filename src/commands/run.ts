// The pipeline, written once: text and objects in, view, answer, every format asked for, exit code out.
import { join } from 'node:path';
import { cwd } from 'node:process';
import { type NodeView, viewNode } from '../analyses/node-view.ts';
import { settle } from '../analyses/settle.ts';
import { type Suppression, suppress } from '../analyses/suppress.ts';
import { missedFamilies } from '../analyses/unread-family.ts';
import type { NodeAnswers } from '../analyses/unreadable.ts';
import { readCapture } from '../capture/bundle.ts';
import type { Capture } from '../capture/capture.ts';
import { snapshotFromObjects } from '../cluster/from-objects.ts';
import { readObjects } from '../cluster/objects-file.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { UsageError } from '../errors.ts';
import { visible } from '../renderers/visible.ts';
import type { Finding, Severity } from '../report/finding.ts';
import type { Meta, Report } from '../report/report.ts';
import { severities } from '../report/severity.ts';
import { captureFiles, readObjectFiles } from '../sources/file.ts';
import { factsOf } from './facts.ts';
import type { Io } from './io.ts';
import type { LiveAsk } from './live.ts';
import type { LiveOptions } from './live-options.ts';
import type { InputOptions, OutputOptions, SuppressionOptions } from './options.ts';
import { printReport } from './print.ts';
import { printFailure } from './print-failure.ts';
import { textPlaces } from './text-places.ts';
import { version } from './version.ts';

/** What one verb asks: of the API server where a live cluster is read, and of each node's view. */
export interface Question {
  readonly live: LiveAsk;
  ask(view: NodeView, meta: Meta): Report;
  /** The answers of several nodes, or of one and none of others, as one. */
  merge(answers: NodeAnswers<Report>): Report;
}

/** Loaded on use: a saved text must not pay for a cluster. */
async function openLive(io: Io, options: Options, ask: LiveAsk) {
  return (await import('./live.ts')).openLive(io, options, ask);
}

async function openLiveObjects(io: Io, options: Options, ask: LiveAsk) {
  return (await import('./live-objects.ts')).openLiveObjects(io, options, ask);
}

export type Options = InputOptions & OutputOptions & LiveOptions & SuppressionOptions;

/** Asks one question and prints the answer. Returns the exit code; throws ProxyrulesError. */
export async function answer(io: Io, options: Options, question: Question): Promise<number> {
  try {
    // Before anything is asked of a cluster: a file that cannot be read is known at once.
    const known = await knownFindings(options);
    const saved = await savedInput(io, options);
    return await (saved === undefined
      ? answerLive(io, options, question, known)
      : answerSaved(io, options, question, saved, known));
  } catch (error) {
    await printFailure(io, options, error);
    throw error;
  }
}

async function knownFindings({ suppress = [], suppressions }: SuppressionOptions): Promise<readonly Suppression[]> {
  if (suppressions === undefined) return suppress;
  const { readSuppressions } = await import('./suppressions-file.ts');
  const files = await readObjectFiles([suppressions]);
  const read = await Promise.all(files.map(({ file, text }) => readSuppressions(file, text)));
  return [...suppress, ...read.flat()];
}

async function answerSaved(
  io: Io,
  options: Options,
  question: Question,
  capture: Capture,
  known: readonly Suppression[],
): Promise<number> {
  const objects = options.cluster === false ? [] : await readObjects(capture.objects);
  const { snapshot, misses } = await snapshotOf(io, options, question, objects);
  const view = viewNode(capture, snapshot, await factsOf(io, options, capture, objects));
  const report = question.ask(view, { tool: version, notes: [] });
  const placed = { ...report, texts: textPlaces(options, view.name, cwd()) };
  return finish(io, options, placed, known, misses || isIncomplete(view, question.live));
}

/** The objects beside the text; without any, those of the live cluster. */
async function snapshotOf(
  io: Io,
  options: Options,
  question: Question,
  objects: readonly unknown[],
): Promise<{ readonly snapshot: ClusterSnapshot | undefined; readonly misses: boolean }> {
  if (options.cluster === false) return { snapshot: undefined, misses: false };
  if (objects.length > 0) return { snapshot: snapshotFromObjects(objects), misses: false };
  const live = await openLiveObjects(io, options, question.live);
  for (const note of live.notes) io.stderr(`note: ${visible(note)}\n`);
  return live;
}

async function answerLive(
  io: Io,
  options: Options,
  question: Question,
  known: readonly Suppression[],
): Promise<number> {
  if (options.cluster === false) {
    throw new UsageError('NO_SOURCE', 'there is no node to look at', {
      hint: '--no-cluster needs saved rules: --rules FILE, --capture PATH, or --demo',
    });
  }
  const live = await openLive(io, options, question.live);
  try {
    let incomplete = live.misses;
    const outcomes = await live.eachNode(async (capture) => {
      const view = viewNode(capture, live.snapshot, await factsOf(io, options, capture, []));
      if (isIncomplete(view, question.live)) incomplete = true;
      return askedOf(question, view);
    });
    const moved = await live.moved();
    const unreadable = outcomes.flatMap((each) =>
      'unreadable' in each ? [{ node: each.node, reason: each.unreadable, hint: each.hint }] : [],
    );
    const answers = outcomes.flatMap((each) => ('answer' in each ? [{ node: each.node, ...each.answer }] : []));
    const settled = answers.flatMap(({ report }) =>
      report === undefined ? [] : [settle(report, moved, isOneService(question.live))],
    );
    if (settled.some(({ whole }) => !whole)) incomplete = true;
    const absent = answers.flatMap(({ node, absent: error }) => (error === undefined ? [] : [{ node, error }]));
    for (const note of live.notes) io.stderr(`note: ${visible(note)}\n`);
    // What no node knows was mistyped.
    if (settled.length === 0 && unreadable.length === 0 && absent[0] !== undefined) throw absent[0].error;
    const report = question.merge({
      reports: settled.map((each) => each.report),
      unreadable,
      absent: absent.map(({ node, error }) => ({ node, reason: error.message })),
    });
    return await finish(io, options, report, known, incomplete || unreadable.length > 0);
  } finally {
    await live.close();
  }
}

/** A name that a node does not know may be known on the next. */
function askedOf(question: Question, view: NodeView): { readonly report?: Report; readonly absent?: UsageError } {
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

async function finish(
  io: Io,
  options: Options,
  answered: Report,
  known: readonly Suppression[],
  incomplete: boolean,
): Promise<number> {
  const report = suppress(answered, known, io.now?.() ?? Date.now());
  for (const note of report.meta.notes) io.stderr(`note: ${visible(note)}\n`);
  await printReport(io, options, report);
  return exitCode(report.findings, options.failOn, incomplete);
}

/** A text that is cut, or none at all of a family that a Service asked about has. */
function isIncomplete({ installed, unread, cluster }: NodeView, { wanted: { services: asked } }: LiveAsk): boolean {
  const services = (cluster?.snapshot.services ?? []).filter(
    ({ namespace, name }) =>
      typeof asked !== 'object' || (asked.namespace === namespace && (asked.name ?? name) === name),
  );
  const missed = missedFamilies(unread, services).filter(({ gap }) => gap !== undefined);
  return installed.defects.length > 0 || missed.length > 0;
}

/** `undefined` where nothing saved was named: then a live cluster is meant. */
async function savedInput(io: Io, options: InputOptions): Promise<Capture | undefined> {
  const given = [
    options.demo === true && '--demo',
    options.capture !== undefined && '--capture',
    (options.rules !== undefined || options.rules6 !== undefined) && '--rules',
  ].filter((flag) => flag !== false);
  if (given.length > 1) {
    throw new UsageError('SEVERAL_SOURCES', `${given.join(' and ')} do not go together`, { hint: 'Give one of them' });
  }
  const saved = {
    rules: options.rules,
    rules6: options.rules6,
    objects: options.objects ?? [],
  };
  const stdinUsers = [saved.rules, saved.rules6, ...saved.objects, options.kubeProxyConfig].filter(
    (path) => path === '-',
  );
  if (stdinUsers.length > 1) throw new UsageError('STDIN_TWICE', 'standard input can be read for one flag only', {});
  if (given[0] === '--rules') return captureFiles(saved, io.stdin);
  if (given[0] === undefined) {
    if (saved.objects.length === 0) return undefined;
    throw new UsageError('NO_RULES_GIVEN', '--objects needs the rules of a node beside it', {
      hint: 'Give --rules FILE, too; without both, a live cluster is read',
    });
  }
  const capture = await readCapture(given[0] === '--demo' ? join(io.root, 'src', 'demo') : (options.capture ?? ''));
  // Objects given beside a capture replace its own.
  return saved.objects.length === 0 ? capture : { ...capture, objects: await readObjectFiles(saved.objects) };
}

/**
 * Findings beat incomplete; those that the user suppressed do not count. What makes the text unfit is no finding against
 * the node: it makes the answer incomplete.
 */
export function exitCode(findings: readonly Finding[], failOn: Severity | 'none', incomplete: boolean): number {
  const against = findings.filter(({ code, suppressed }) => !code.startsWith('KPR9') && suppressed === undefined);
  const fails =
    failOn !== 'none' && against.some(({ severity }) => severities.indexOf(severity) <= severities.indexOf(failOn));
  if (fails) return 1;
  return incomplete ? 3 : 0;
}
