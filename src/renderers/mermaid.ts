// `-o mermaid`: a flowchart for Markdown pages and issues (mermaid.js.org/syntax/flowchart.html).
import type { GraphNode, Report, Tone } from '../report/report.ts';
import { numberedGraph } from './numbered-graph.ts';
import { paints, text } from './palette.ts';
import type { Renderer } from './renderer.ts';

export const mermaid: Renderer = { format: 'mermaid', part: 'graph', render: printFlowchart };

function printFlowchart(report: Report): string {
  const { title, nodes, edges } = numberedGraph(report);
  const used = tones.filter((tone) => nodes.some((node) => node.tone === tone));
  const lines = [
    '---',
    `title: ${frontMatter(title)}`,
    '---',
    'flowchart LR',
    ...nodes.map(
      ({ name, label, shape, tone }) => `  ${name}${shapes[shape](label.map(literal).join('<br/>'))}:::${tone}`,
    ),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label === '' ? '' : `|"${literal(label)}"|`} ${to}`),
    ...used.map((tone) => `  classDef ${tone} fill:${paints[tone].fill},stroke:${paints[tone].line},color:${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

const shapes: { readonly [shape in GraphNode['shape']]: (label: string) => string } = {
  hook: (label) => `(["${label}"])`,
  frontend: (label) => `{{"${label}"}}`,
  chain: (label) => `["${label}"]`,
  backend: (label) => `("${label}")`,
  verdict: (label) => `[["${label}"]]`,
};

const tones = Object.keys(paints) as readonly Tone[];

/**
 * Inside a quoted label everything but letters, digits and a few signs is written as mermaid's entity (`#34;`): quotes
 * would end the label, `<` begin HTML, `%%{` a directive, `#` and `;` another entity, `:fa-` a picture. Mermaid 11 reads
 * Markdown even in labels that are not marked as such: `1. x` and `- x` would be lists, `_x_` emphasis.
 */
function literal(label: string): string {
  const safe = label.replace(
    /[^\p{L}\p{M}\p{N} .,:/%()=@+-]|^[-+=]|(?<=^\d+)[.)](?= )|:(?=fa-)|%(?=%)/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
  return safe === '' ? ' ' : safe;
}

/** A double-quoted YAML scalar on one line, with nothing in it that mermaid looks for before it reads the front matter. */
function frontMatter(text: string): string {
  const escaped = text.replace(/[^\p{L}\p{M}\p{N} .,:/_()=@+-]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return `"${escaped}"`;
}
