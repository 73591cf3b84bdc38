// `-o svg`: one self-contained picture: no script, no link, nothing loaded from afar, on white wherever it is shown.
import type { GraphNode, Report } from '../report/report.ts';
import { type EdgeLayout, layOut, type Point, type Size } from './layout.ts';
import { numberedGraph } from './numbered-graph.ts';
import { nodePaint, paints, smallText, text } from './palette.ts';
import type { Renderer } from './renderer.ts';
import { widthOf } from './width.ts';

export const svg: Renderer = { format: 'svg', part: 'graph', render: draw };

// Monospaced: every reader has another font, but a character of all of these is about 0.6 em wide, so boxes fit.
const fonts = 'ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,Liberation Mono,monospace';
const advance = 0.61;
const leading = 1.35;
const titleSize = 15;
const nameSize = 12;
const lineSize = 10.5;
const margin = 24;
const background = '#ffffff';

async function draw(report: Report): Promise<string> {
  const { title, nodes, edges } = numberedGraph(report);
  const sizes = new Map(nodes.map((node) => [node.name, nodeSize(node)]));
  const rooms = edges.map(({ from, to, label }) => ({
    from,
    to,
    label: label === '' ? undefined : textSize(label, lineSize, 8),
  }));
  const layout = await layOut(sizes, rooms);
  const drawn = edges.flatMap((edge, at) => ({ ...edge, layout: layout.edges[at] ?? nowhere }));
  const names = new Map(nodes.map(({ name, label }) => [name, label[0] ?? '']));

  const top = margin + titleSize * 2;
  const width = round(Math.max(layout.size.width, textSize(title, titleSize, 0).width) + 2 * margin);
  const height = round(layout.size.height + top + margin);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fonts}">`,
    `<title>${literal(title)}</title>`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    printText(
      title,
      { x: margin, y: margin + titleSize },
      `font-size="${titleSize}" font-weight="bold" fill="${text}"`,
    ),
    `<g transform="translate(${margin} ${top})">`,
    ...drawn.flatMap(({ from, to, label, tone, layout }) =>
      printEdge(`${names.get(from)} → ${names.get(to)}${label === '' ? '' : `, ${label}`}`, paints[tone].line, layout),
    ),
    // After every line, so that no line runs through a label.
    ...drawn.flatMap(({ label, tone, layout }) => printEdgeLabel(label, paints[tone].line, layout)),
    ...nodes.flatMap((node) => printNode(node, layout.nodes.get(node.name), sizes.get(node.name))),
    '</g>',
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

const nowhere: EdgeLayout = { curve: [], tip: { x: 0, y: 0 }, label: undefined };

function nodeSize({ label: [name = '', ...rest], shape }: Pick<GraphNode, 'label' | 'shape'>): Size {
  const padding = shape === 'frontend' ? 44 : 26;
  const lines = [textSize(name, nameSize, padding), ...rest.map((line) => textSize(line, lineSize, padding))];
  return {
    width: Math.max(60, ...lines.map(({ width }) => width)),
    height: lines.reduce((sum, { height }) => sum + height, 18),
  };
}

function textSize(line: string, size: number, padding: number): Size {
  return { width: widthOf(line) * size * advance + padding, height: size * leading };
}

function printNode(node: Omit<GraphNode, 'id'>, centre: Point | undefined, size: Size | undefined): readonly string[] {
  if (centre === undefined || size === undefined) return [];
  const { line, fill } = nodePaint(node);
  let y = centre.y - size.height / 2 + 9;
  const texts = node.label.map((label, at) => {
    const fontSize = at === 0 ? nameSize : lineSize;
    const look = at === 0 ? `font-weight="bold" fill="${text}"` : `fill="${smallText}"`;
    y += fontSize * leading;
    return printText(
      label,
      { x: centre.x, y: y - fontSize * 0.38 },
      `text-anchor="middle" font-size="${fontSize}" ${look}`,
    );
  });
  const pen = `fill="${fill}" stroke="${line}" stroke-width="${node.shape === 'backend' ? 2 : 1.3}"`;
  return [
    '<g>',
    `<title>${literal(node.label.join(', '))}</title>`,
    outlines[node.shape](centre, size, pen),
    ...texts,
    '</g>',
  ];
}

type Outline = (centre: Point, size: Size, pen: string) => string;

const outlines: { readonly [shape in GraphNode['shape']]: Outline } = {
  hook: (centre, size, pen) => box(centre, size, size.height / 2, pen),
  frontend: (centre, size, pen) => cornered(centre, size, 14, size.height / 2, pen),
  chain: (centre, size, pen) => box(centre, size, 7, pen),
  backend: (centre, size, pen) => box(centre, size, 7, pen),
  verdict: (centre, size, pen) => cornered(centre, size, 10, 10, pen),
};

function box({ x, y }: Point, { width, height }: Size, radius: number, pen: string): string {
  const corner = `x="${round(x - width / 2)}" y="${round(y - height / 2)}"`;
  return `<rect ${corner} width="${round(width)}" height="${round(height)}" rx="${round(radius)}" ${pen}/>`;
}

/** A box with its corners cut off: a hexagon where the cuts meet in the middle of the sides, else an octagon. */
function cornered({ x, y }: Point, { width, height }: Size, inX: number, inY: number, pen: string): string {
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  const points: readonly Point[] = [
    { x: left, y: top + inY },
    { x: left + inX, y: top },
    { x: right - inX, y: top },
    { x: right, y: top + inY },
    { x: right, y: bottom - inY },
    { x: right - inX, y: bottom },
    { x: left + inX, y: bottom },
    { x: left, y: bottom - inY },
  ];
  return `<polygon points="${points.map(printPoint).join(' ')}" ${pen}/>`;
}

function printEdge(name: string, color: string, { curve: [start, ...rest], tip }: EdgeLayout): readonly string[] {
  const end = rest.at(-1);
  if (start === undefined || end === undefined) return [];
  const path = `<path d="M${printPoint(start)} C${rest.map(printPoint).join(' ')}" fill="none" stroke="${color}" stroke-width="1.3"/>`;
  const arrow = `<polygon points="${arrowHead(end, tip).map(printPoint).join(' ')}" fill="${color}"/>`;
  return ['<g>', `<title>${literal(name)}</title>`, path, arrow, '</g>'];
}

function arrowHead(from: Point, tip: Point): readonly Point[] {
  const [x, y] = [tip.x - from.x, tip.y - from.y];
  const half = 0.42;
  return [tip, { x: from.x - y * half, y: from.y + x * half }, { x: from.x + y * half, y: from.y - x * half }];
}

function printEdgeLabel(label: string, color: string, { label: centre }: EdgeLayout): readonly string[] {
  if (centre === undefined) return [];
  const look = `text-anchor="middle" font-size="${lineSize}" fill="${color}"`;
  return [
    box(centre, textSize(label, lineSize, 6), 3, `fill="${background}"`),
    printText(label, { x: centre.x, y: centre.y + lineSize * 0.35 }, look),
  ];
}

function printText(line: string, { x, y }: Point, look: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${look} xml:space="preserve">${literal(line)}</text>`;
}

function printPoint({ x, y }: Point): string {
  return `${round(x)},${round(y)}`;
}

/** Two decimals: finer than a screen, coarser than the differences between two machines' arithmetic. */
function round(length: number): string {
  return String(Math.round(length * 100) / 100);
}

/** XML text. Characters that XML forbids never get here, see visible.ts. */
function literal(line: string): string {
  return line.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
