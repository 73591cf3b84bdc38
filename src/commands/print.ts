// A report on its way out: further formats to their files first, then the one for standard output.
import { writeFileSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { rendererOf } from '../renderers/index.ts';
import type { Format } from '../renderers/renderer.ts';
import { withoutCommands } from '../renderers/workflow-command.ts';
import type { Report } from '../report/report.ts';
import type { Io } from './io.ts';
import type { OutputOptions } from './options.ts';

/** Throws InputError where a file cannot be written. */
export async function printReport(
  io: Io,
  options: Pick<OutputOptions, 'output' | 'outputFile' | 'color'>,
  report: Report,
): Promise<void> {
  for (const { format, path } of options.outputFile ?? []) {
    const text = await render(report, format, { width: undefined, color: false });
    write(path, text, 'w');
  }
  const color = options.color === 'auto' ? autoColor(io) : options.color === 'always';
  const text = await render(report, options.output, { width: io.width, color });
  if (options.output === 'github') await writeSummary(io, report);
  // A line of a step's log that looks like a command is obeyed, whoever wrote it.
  io.stdout(io.env.GITHUB_ACTIONS === 'true' ? withoutCommands(text, options.output) : text);
}

/** Formats that a program of CI reads: they tell of a run that has no answer, too. */
export function isForCi(format: Format): boolean {
  return format === 'junit' || format === 'sarif' || format === 'github';
}

async function writeSummary({ env }: Io, report: Report): Promise<void> {
  if (!env.GITHUB_STEP_SUMMARY) return;
  const { stepSummary } = await import('../renderers/step-summary.ts');
  write(env.GITHUB_STEP_SUMMARY, stepSummary(report), 'a');
}

function write(path: string, text: string, flag: 'w' | 'a'): void {
  try {
    writeFileSync(path, text, { flag });
  } catch (cause) {
    throw new InputError('OUTPUT_FILE', `cannot write ${path}`, {
      cause,
      hint: 'Check that its folder exists and may be written',
    });
  }
}

async function render(
  report: Report,
  format: Format,
  style: { readonly width: number | undefined; readonly color: boolean },
): Promise<string> {
  const renderer = await rendererOf(format);
  return renderer.render(report, { ...style, wide: format === 'wide' });
}

/** https://no-color.org, https://force-color.org: set and not empty. */
function autoColor({ env, isTerminal }: Io): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
