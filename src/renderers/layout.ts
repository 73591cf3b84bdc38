// Where the nodes and edges of a picture go. Graphviz in WebAssembly decides; it is told sizes only, never a text, so
// what it draws cannot be confused by what a cluster wrote.
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Room for a label; none where it has none. */
  readonly label: Size | undefined;
}

export interface Layout {
  readonly size: Size;
  /** The centre of each node, by its name. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** In the order they were given. */
  readonly edges: readonly EdgeLayout[];
}

export interface EdgeLayout {
  /** A start and three points for each Bézier curve. */
  readonly curve: readonly Point[];
  /** The tip of the arrow that begins where the curve ends. */
  readonly tip: Point;
  /** The middle of the label, on the curve. */
  readonly label: Point | undefined;
}

/** Left to right. Lengths in points; y grows downwards. Nodes must have different names of letters and digits. */
export async function layOut(nodes: ReadonlyMap<string, Size>, edges: readonly Edge[]): Promise<Layout> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  const graph = {
    directed: true,
    graphAttributes: { rankdir: 'LR', nodesep: 0.25, ranksep: 0.6 },
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    edgeAttributes: { arrowsize: 0.8 },
    nodes: Array.from(nodes, ([name, { width, height }]) => ({
      name,
      attributes: { width: width / inch, height: height / inch },
    })),
    edges: edges.map(({ from, to, label }, at) => ({
      tail: from,
      head: to,
      attributes: { id: `e${at}`, ...(label === undefined ? {} : { label: { html: blank(label) } }) },
    })),
  };
  return read(viz.renderJSON(graph, { format: 'json0' }) as Drawing, edges.length);
}

const inch = 72;

function blank({ width, height }: Size): string {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`;
  return `<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" ${size}><TR><TD></TD></TR></TABLE>`;
}

/** What Graphviz' json0 says, as far as it is read (graphviz.org/docs/outputs/json). Positions are texts: `54,18`. */
interface Drawing {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly id: string; readonly pos: string; readonly lp?: string }[];
}

function read({ bb, objects = [], edges = [] }: Drawing, edgeCount: number): Layout {
  const [, , width = 0, height = 0] = bb.split(',').map(Number);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = text.split(',').map(Number);
    return { x, y: height - y };
  };
  const byId = new Map(edges.map((edge) => [edge.id, edge]));
  return {
    size: { width, height },
    nodes: new Map(objects.map(({ name, pos }) => [name, point(pos)])),
    edges: Array.from({ length: edgeCount }, (_, at) => {
      const { pos = '', lp } = byId.get(`e${at}`) ?? {};
      // `e,TIP START C1 C2 POINT ...`
      const [tip = '', ...curve] = pos.split(' ');
      const points = curve.map(point);
      return {
        tip: point(tip.slice(2)),
        curve: points,
        label: lp === undefined ? undefined : onCurve(points, point(lp)),
      };
    }),
  };
}

/** Graphviz leaves room for a label beside its edge, where it could as well be the next edge's: it goes onto the line. */
function onCurve(curve: readonly Point[], beside: Point): Point {
  const pieces = Array.from({ length: Math.floor(curve.length / 3) }, (_, at) => curve.slice(at * 3, at * 3 + 4));
  const away = ({ x, y }: Point) => Math.abs(x - beside.x) + Math.abs(y - beside.y) / 1000;
  return pieces
    .flatMap(pointsAlong)
    .reduce((best, point) => (away(point) < away(best) ? point : best), curve[0] ?? beside);
}

function pointsAlong(bezier: readonly Point[]): readonly Point[] {
  return Array.from({ length: 33 }, (_, at) => {
    const t = at / 32;
    const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    const sum = (axis: 'x' | 'y') =>
      bezier.reduce((total, point, index) => total + point[axis] * (weights[index] ?? 0), 0);
    return { x: sum('x'), y: sum('y') };
  });
}
