// A report's graph, ready to be written down: texts made visible, nodes named n0, n1, ... so that no text of a cluster
// ever stands where a graph language expects a name.
import type { Graph, GraphEdge, GraphNode, Report } from '../report/report.ts';
import { visible, visibleAll } from './visible.ts';

export interface NumberedGraph {
  readonly title: string;
  readonly nodes: readonly (Omit<GraphNode, 'id'> & { readonly name: string })[];
  readonly edges: readonly GraphEdge[];
}

/** `from` and `to` of the edges are names. A node that only an edge mentions is added, a report without a graph is an empty one. */
export function numberedGraph({ kind, graph }: Report): NumberedGraph {
  const { title, nodes, edges }: Graph = graph ?? { title: kind, nodes: [], edges: [] };
  const names = new Map<string, string>();
  const all = [...nodes, ...edges.flatMap(({ from, to }) => [implied(from), implied(to)])].filter(({ id }) => {
    if (names.has(id)) return false;
    names.set(id, `n${names.size}`);
    return true;
  });
  const nameOf = (id: string) => names.get(id) ?? '';
  return {
    title: visible(title),
    nodes: all.map(({ id, label: [name = '', ...lines], ...node }) => ({
      ...visibleAll({ ...node, label: [name, ...lines] }),
      name: nameOf(id),
    })),
    edges: edges.map(({ from, to, ...edge }) => ({ ...visibleAll(edge), from: nameOf(from), to: nameOf(to) })),
  };
}

function implied(id: string): GraphNode {
  return { id, label: [id], shape: 'chain', tone: 'plain' };
}
