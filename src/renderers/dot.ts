// `-o dot`: Graphviz' language (graphviz.org/doc/info/lang.html), for those who have Graphviz and their own taste.
import type { GraphNode, Report } from '../report/report.ts';
import { numberedGraph } from './numbered-graph.ts';
import { nodePaint, paints, smallText, text } from './palette.ts';
import type { Renderer } from './renderer.ts';

export const dot: Renderer = { format: 'dot', part: 'graph', render: printDot };

const font = 'fontname="Helvetica,Arial,sans-serif"';

function printDot(report: Report): string {
  const { title, nodes, edges } = numberedGraph(report);
  const lines = [
    'digraph proxyrules {',
    `  graph [rankdir=LR, bgcolor="white", pad=0.3, nodesep=0.28, ranksep=0.7]`,
    `  graph [labelloc=t, ${font}, fontsize=15, fontcolor="${text}", label=<${bold(title)}>]`,
    `  node [style="filled,rounded", penwidth=1.2, margin="0.2,0.1", ${font}, fontsize=12, fontcolor="${text}"]`,
    `  edge [arrowsize=0.7, ${font}, fontsize=11]`,
    ...nodes.map((node) => {
      const { line, fill } = nodePaint(node);
      return `  ${node.name} [${shapes[node.shape]}, color="${line}", fillcolor="${fill}", label=<${printLabel(node.label)}>]`;
    }),
    ...edges.map(({ from, to, label, tone }) => {
      const { line } = paints[tone];
      const labelled = label === '' ? '' : `, fontcolor="${line}", label=<${literal(` ${label} `)}>`;
      return `  ${from} -> ${to} [color="${line}"${labelled}]`;
    }),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

const shapes: { readonly [shape in GraphNode['shape']]: string } = {
  hook: 'shape=cds, style=filled',
  frontend: 'shape=hexagon, style=filled',
  chain: 'shape=box',
  backend: 'shape=box, penwidth=2',
  verdict: 'shape=octagon, style=filled',
};

function printLabel([name = '', ...rest]: readonly string[]): string {
  return [bold(name), ...rest.map((line) => `<FONT POINT-SIZE="10" COLOR="${smallText}">${literal(line)}</FONT>`)].join(
    '<BR/>',
  );
}

function bold(name: string): string {
  return `<B>${literal(name)}</B>`;
}

/**
 * Text between `<` and `>`, which Graphviz reads as XML; an empty element is a syntax error there. Then it puts the node's
 * name for `\N` even in what was an entity, so a backslash is doubled.
 */
function literal(label: string): string {
  if (label === '') return '&#160;';
  return label.replaceAll('\\', '\\\\').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
