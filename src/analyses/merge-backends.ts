// The answers of several nodes to `backends` as one: a node that could not be read is a row, never left out.
import type { Block, Report } from '../report/report.ts';
import type { UnreadableNode } from './unreadable.ts';

/** One node's answer stands as it is. */
export function mergeBackends(reports: readonly Report[], unreadable: readonly UnreadableNode[]): Report {
  const [first] = reports;
  if (first !== undefined && reports.length === 1 && unreadable.length === 0) return first;
  const nodes = [
    ...reports.map(({ meta }) => ({
      name: String(meta.node ?? ''),
      state: 'READ',
      source: String(meta.source ?? ''),
      note: '',
    })),
    ...unreadable.map(({ node, reason }) => ({ name: node, state: 'UNREADABLE', source: '', note: reason })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { node: _, mode: __, release: ___, source: ____, ...meta } = first?.meta ?? { tool: '', notes: [] };
  return {
    kind: 'Backends',
    meta: { ...meta, tool: meta.tool, notes: [...new Set(reports.flatMap((report) => report.meta.notes))] },
    data: { nodes, items: reports.flatMap(({ data }) => (Array.isArray(data.items) ? data.items : [])) },
    findings: reports.flatMap(({ findings }) => findings),
    blocks: [nodesTable(nodes), ...reports.flatMap((report) => nodeBlocks(report)), { kind: 'findings' }],
  };
}

function nodesTable(
  nodes: readonly { readonly name: string; readonly state: string; readonly source: string; readonly note: string }[],
): Block {
  return {
    kind: 'table',
    columns: [{ title: 'NODE' }, { title: 'STATE' }, { title: 'SOURCE' }, { title: 'NOTE' }],
    rows: nodes.map(({ name, state, source, note }) => [
      name,
      [{ text: state, tone: state === 'READ' ? 'good' : 'bad' }],
      source,
      note,
    ]),
  };
}

function nodeBlocks({ meta, blocks }: Report): readonly Block[] {
  return [{ kind: 'heading', text: String(meta.node ?? '') }, ...blocks.filter(({ kind }) => kind !== 'findings')];
}
