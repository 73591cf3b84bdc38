// A run without an answer, in the formats that CI reads: silence there looks like a pass. Formats for people stay silent,
// as standard error says it.
import { ProxyrulesError, UsageError } from '../errors.ts';
import type { Failure, Report } from '../report/report.ts';
import type { Io } from './io.ts';
import type { OutputOptions } from './options.ts';
import { isForCi, printReport } from './print.ts';
import { version } from './version.ts';

/** Prints to those formats among the ones asked for. Nothing on wrong usage: nothing was run. */
export async function printFailure(io: Io, options: OutputOptions, error: unknown): Promise<void> {
  // An output file that cannot be written leaves the others as they are.
  if (error instanceof UsageError || (error instanceof ProxyrulesError && error.code === 'OUTPUT_FILE')) return;
  const outputFile = options.outputFile?.filter(({ format }) => isForCi(format)) ?? [];
  const report = failureReport(failureOf(error));
  try {
    await printReport(isForCi(options.output) ? io : { ...io, stdout: () => {} }, { ...options, outputFile }, report);
  } catch {
    // The first error is the one to tell.
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ProxyrulesError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint === undefined ? {} : { hint }) };
  }
  if (error instanceof Error && error.name === 'AbortError') return { code: 'INTERRUPTED', message: 'interrupted' };
  return {
    code: 'BUG',
    message: `a bug of kubectl-proxyrules: ${error instanceof Error ? error.message : String(error)}`,
  };
}

function failureReport(failure: Failure): Report {
  const { message, hint } = failure;
  return {
    kind: 'Error',
    meta: { tool: version, notes: [] },
    data: {},
    findings: [],
    blocks: [],
    suites: [
      {
        name: 'proxyrules',
        cases: [
          {
            group: 'proxyrules',
            name: 'the run',
            outcome: 'unknown',
            findings: [],
            reason: hint === undefined ? message : `${message}. ${hint}`,
          },
        ],
      },
    ],
    failure,
  };
}
