// The pictures of several nodes as one: each node's own part, hanging from its name. Nothing is shared between the parts,
// so that what differs is seen.
import type { Graph, Report } from '../report/report.ts';
import { mergedFindings } from './merge-findings.ts';
import { mergedMeta } from './merge-meta.ts';
import { type NodeRow, nodeRows } from './nodes-table.ts';
import type { NodeAnswers } from './unreadable.ts';

/** One node's answer stands as it is. `target` is as it was typed. */
export function mergeGraph(target: string | undefined, answers: NodeAnswers<Report>): Report {
  const { reports } = answers;
  const rows = nodeRows(answers);
  const [only] = reports;
  if (only !== undefined && rows.length === 1) return only;
  const graph = mergedGraph(target ?? 'base chains', answers);
  return {
    kind: 'Graph',
    meta: mergedMeta(reports),
    data: { target: target ?? '', nodes: graph.nodes, edges: graph.edges },
    findings: mergedFindings(reports),
    blocks: [],
    graph,
  };
}

/** A node without an answer is drawn, too. */
export function mergedGraph(title: string, answers: NodeAnswers<Report>): Graph {
  const parts = nodeRows(answers).map(partOf);
  return {
    title,
    nodes: parts.flatMap(({ nodes }) => nodes),
    edges: parts.flatMap(({ edges }) => edges),
  };
}

function partOf({ name, state, report }: NodeRow): Omit<Graph, 'title'> {
  const root = `node ${name}`;
  const own = (id: string) => `${name} ${id}`;
  if (report === undefined) {
    const label = [name, state.toLowerCase()];
    return { nodes: [{ id: root, label, shape: 'hook', tone: state === 'ABSENT' ? 'quiet' : 'bad' }], edges: [] };
  }
  const { nodes = [], edges = [] } = report.graph ?? {};
  const entered = new Set(edges.map(({ to }) => to));
  return {
    nodes: [
      { id: root, label: [name], shape: 'hook', tone: 'strong' },
      ...nodes.map((node) => ({ ...node, id: own(node.id) })),
    ],
    edges: [
      ...nodes
        .filter(({ id }) => !entered.has(id))
        .map(({ id }) => ({ from: root, to: own(id), label: '', tone: 'quiet' as const })),
      ...edges.map((edge) => ({ ...edge, from: own(edge.from), to: own(edge.to) })),
    ],
  };
}
