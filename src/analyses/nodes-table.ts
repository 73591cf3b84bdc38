// The nodes of an answer about several, one row each: those without an answer stand among the others.
import type { Block, Column, Report, Text } from '../report/report.ts';
import { ownNotes } from './merge-meta.ts';
import type { NodeAnswers } from './unreadable.ts';

export interface NodeRow<Answer extends Report = Report> {
  readonly name: string;
  /** `ABSENT`: the node has nothing of the name that was asked for. */
  readonly state: 'READ' | 'UNREADABLE' | 'ABSENT';
  readonly source: string;
  readonly note: string;
  readonly report: Answer | undefined;
}

/** Sorted by name. */
export function nodeRows<Answer extends Report>(answers: NodeAnswers<Answer>): readonly NodeRow<Answer>[] {
  const { reports, unreadable, absent } = answers;
  const without = { source: '', report: undefined };
  return [
    ...reports.map((report) => ({
      name: String(report.meta.node ?? ''),
      state: 'READ' as const,
      source: String(report.meta.source ?? ''),
      note: ownNotes(report, reports).join('; '),
      report,
    })),
    ...unreadable.map(({ node, reason }) => ({ ...without, name: node, state: 'UNREADABLE' as const, note: reason })),
    ...absent.map(({ node, reason }) => ({ ...without, name: node, state: 'ABSENT' as const, note: reason })),
  ].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** `middle` are the columns between the name and the source, each with what a row has there. */
export function nodesTable<Answer extends Report>(
  rows: readonly NodeRow<Answer>[],
  middle: readonly { readonly column: Column; readonly cell: (row: NodeRow<Answer>) => Text }[],
): Block {
  return {
    kind: 'table',
    columns: [{ title: 'NODE' }, ...middle.map(({ column }) => column), { title: 'SOURCE' }, { title: 'NOTE' }],
    rows: rows.map((row) => [row.name, ...middle.map(({ cell }) => cell(row)), row.source, row.note]),
  };
}
