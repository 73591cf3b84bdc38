// A report on its way out: further formats to their files first, then the one for standard output.
import { writeFileSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { rendererOf } from '../renderers/index.ts';
import type { Format } from '../renderers/renderer.ts';
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
    write(path, text);
  }
  const color = options.color === 'auto' ? autoColor(io) : options.color === 'always';
  io.stdout(await render(report, options.output, { width: io.width, color }));
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
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
