// The answers of several nodes to `backends` as one: a node without an answer is a row, never left out.
import type { Block, Report } from '../report/report.ts';
import { mergedMeta } from './merge-meta.ts';
import { type NodeRow, nodeRows, nodesTable } from './nodes-table.ts';
import type { NodeAnswers } from './unreadable.ts';

/** One node's answer stands as it is. */
export function mergeBackends(answers: NodeAnswers<Report>): Report {
  const { reports } = answers;
  const rows = nodeRows(answers);
  const [only] = reports;
  if (only !== undefined && rows.length === 1) return only;
  return {
    kind: 'Backends',
    meta: mergedMeta(reports),
    data: {
      nodes: rows.map(({ name, state, source, note }) => ({ name, state, source, note })),
      items: reports.flatMap(({ data }) => (Array.isArray(data.items) ? data.items : [])),
    },
    findings: reports.flatMap(({ findings }) => findings),
    blocks: [table(rows), ...reports.flatMap((report) => nodeBlocks(report)), { kind: 'findings' }],
  };
}

function table(rows: readonly NodeRow[]): Block {
  return nodesTable(rows, [
    {
      column: { title: 'STATE' },
      cell: ({ state }) => [{ text: state, tone: state === 'READ' ? 'good' : state === 'ABSENT' ? 'quiet' : 'bad' }],
    },
  ]);
}

function nodeBlocks({ meta, blocks }: Report): readonly Block[] {
  return [{ kind: 'heading', text: String(meta.node ?? '') }, ...blocks.filter(({ kind }) => kind !== 'findings')];
}
