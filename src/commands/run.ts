// The pipeline, written once: what is known, saved or live, the answer, every format asked for, exit code out.
import { type Suppression, suppress } from '../analyses/suppress.ts';
import { visible } from '../renderers/visible.ts';
import type { Finding, Severity } from '../report/finding.ts';
import type { Report } from '../report/report.ts';
import { severities } from '../report/severity.ts';
import { readObjectFiles } from '../sources/file.ts';
import { answerLive } from './answer-live.ts';
import { answerSaved } from './answer-saved.ts';
import type { Io } from './io.ts';
import type { SuppressionOptions } from './options.ts';
import { printReport } from './print.ts';
import { printFailure } from './print-failure.ts';
import type { Options, Question } from './question.ts';
import { savedInput } from './saved-input.ts';

export type { Options, Question } from './question.ts';

/** Asks one question and prints the answer. Returns the exit code; throws ProxyrulesError. */
export async function answer<Answer extends Report>(
  io: Io,
  options: Options,
  question: Question<Answer>,
): Promise<number> {
  try {
    // Before anything is asked of a cluster: a file that cannot be read is known at once.
    const known = await knownFindings(options);
    const saved = await savedInput(io, options);
    const { report, incomplete, applicable } =
      saved === undefined ? await answerLive(io, options, question) : await answerSaved(io, options, question, saved);
    const marked = suppress(report, known, io.now?.() ?? Date.now());
    const open = incomplete || question.leavesOpen?.(marked) === true;
    const exit = await finish(io, options, question.conclude?.(marked) ?? marked, open);
    return applicable ? exit : notApplicable;
  } catch (error) {
    await printFailure(io, options, error);
    throw error;
  }
}

/** Every node asked about was read, and none has a kube-proxy. */
const notApplicable = 6;

async function knownFindings({ suppress = [], suppressions }: SuppressionOptions): Promise<readonly Suppression[]> {
  if (suppressions === undefined) return suppress;
  const { readSuppressions } = await import('./suppressions-file.ts');
  const files = await readObjectFiles([suppressions]);
  const read = await Promise.all(files.map(({ file, text }) => readSuppressions(file, text)));
  return [...suppress, ...read.flat()];
}

async function finish(io: Io, options: Options, report: Report, incomplete: boolean): Promise<number> {
  for (const note of report.meta.notes) io.stderr(`note: ${visible(note)}\n`);
  await printReport(io, options, report);
  return exitCode(report.findings, options.failOn, incomplete);
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
