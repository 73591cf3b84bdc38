// `codes [CODE]`: the catalogue of findings, offline.
import { UsageError } from '../errors.ts';
import { catalogueEntry, type FindingCode, findingCodes, isFindingCode, nextFor } from '../report/catalogue.ts';
import type { Block, Report } from '../report/report.ts';
import type { Io } from './io.ts';
import type { OutputOptions } from './options.ts';
import { printReport } from './print.ts';
import { version } from './version.ts';

export async function runCodes(io: Io, text: string | undefined, options: OutputOptions): Promise<number> {
  const code = text?.toUpperCase();
  if (code !== undefined && !isFindingCode(code)) {
    throw new UsageError('NO_SUCH_CODE', `${text} is no finding of this release`, {
      hint: 'kubectl proxyrules codes lists them all',
    });
  }
  await printReport(io, options, code === undefined ? listOf() : pageOf(code));
  return 0;
}

const meta = { tool: version, notes: [] };

function listOf(): Report {
  const entries = findingCodes.map((code) => ({ code, ...catalogueEntry(code) }));
  return {
    kind: 'Codes',
    meta,
    data: { items: entries },
    findings: [],
    blocks: [
      {
        kind: 'table',
        columns: [{ title: 'CODE' }, { title: 'SEVERITY' }, { title: 'AT FAULT' }, { title: 'TITLE' }],
        rows: entries.map(({ code, severity, cause, title }) => [code, severity, cause, title]),
      },
      { kind: 'paragraph', text: 'kubectl proxyrules codes CODE tells what one means and what to do.' },
    ],
  };
}

function pageOf(code: FindingCode): Report {
  const entry = catalogueEntry(code);
  const next = nextFor(code, {});
  const blocks: readonly Block[] = [
    { kind: 'verdict', tone: 'strong', label: code, sentence: entry.title },
    { kind: 'paragraph', text: `Severity ${entry.severity}; at fault: ${entry.cause}.` },
    { kind: 'heading', text: 'What it means' },
    { kind: 'paragraph', text: entry.meaning },
    { kind: 'heading', text: 'Why it matters' },
    { kind: 'paragraph', text: entry.why },
    ...(entry.byDesign === undefined
      ? []
      : ([
          { kind: 'heading', text: 'When it is by design' },
          { kind: 'paragraph', text: entry.byDesign },
        ] as const)),
    { kind: 'heading', text: 'Next' },
    { kind: 'list', items: next },
    ...(entry.references.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'References' },
          { kind: 'list', items: entry.references },
        ] as const)),
  ];
  return { kind: 'Code', meta, data: { code, ...entry }, findings: [], blocks };
}
