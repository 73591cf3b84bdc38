// The way from the kernel's hooks to the backends as a picture: hooks, chains, ways in, backends, each edge with what
// takes a packet along it.
import { hostPort } from '../address.ts';
import { isOne, toNumber } from '../netfilter/fraction.ts';
import type { Frontend } from '../proxiers/dispatch.ts';
import type { Graph, GraphEdge, GraphNode, Tone } from '../report/report.ts';
import type { BackendState } from './backend-state.ts';
import { mainRoute } from './main-way.ts';
import type { PortState } from './port-state.ts';
import { percent, typeName, wayText } from './words.ts';

/** Ways in at the left, backends at the right. A picture of more than `mostBackends` backends a port is cut, and says so. */
export function graphOf(states: readonly PortState[], title: string): Graph {
  const drawing = new Drawing();
  for (const state of states) for (const frontend of state.frontends) drawFrontend(drawing, state, frontend);
  for (const state of states)
    for (const way of state.missingWays) {
      const id = `way ${state.family} ${wayText(way)}/${state.name.protocol}`;
      drawing.node({
        id,
        label: [`${wayText(way)}/${state.name.protocol}`, typeName(way.type)],
        shape: 'frontend',
        tone: 'bad',
      });
      drawing.node({ id: 'no rule', label: ['no rule'], shape: 'verdict', tone: 'bad' });
      drawing.edge({ from: id, to: 'no rule', label: '', tone: 'bad' });
    }
  if (drawing.nodes.size === 0)
    drawing.node({ id: 'no rule', label: [title, 'no rule'], shape: 'verdict', tone: 'quiet' });
  return { title, nodes: [...drawing.nodes.values()], edges: [...drawing.edges.values()] };
}

const mostBackends = 24;

class Drawing {
  readonly nodes = new Map<string, GraphNode>();
  readonly edges = new Map<string, GraphEdge>();

  node(node: GraphNode): void {
    if (!this.nodes.has(node.id)) this.nodes.set(node.id, node);
  }

  edge(edge: GraphEdge): void {
    const key = `${edge.from}\0${edge.to}\0${edge.label}`;
    if (!this.edges.has(key)) this.edges.set(key, edge);
  }
}

function drawFrontend(drawing: Drawing, state: PortState, frontend: Frontend): void {
  const { name } = state;
  const id = `way ${state.family} ${wayText(frontend)}/${frontend.protocol}`;
  const left = state.leftovers.includes(frontend) || frontend.shadowedBy !== undefined;
  const label = [
    `${wayText(frontend)}/${frontend.protocol}`,
    typeName(frontend.type),
    `${name.namespace}/${name.name}${name.port === '' ? '' : `:${name.port}`}`,
  ];
  drawing.node({ id, label, shape: 'frontend', tone: left ? 'bad' : 'plain' });
  const entry = frontend.chain;
  if (entry !== undefined) {
    drawChain(drawing, state, entry);
    drawing.edge({
      from: id,
      to: chainId(state, entry),
      label: frontend.sourceRanges.length === 0 ? '' : `from ${frontend.sourceRanges.join(', ')}`,
      tone: 'plain',
    });
    drawRoutes(drawing, state, frontend, entry);
  }
  const main = mainRoute(frontend);
  if (main.action === 'reject' || main.action === 'drop') {
    const verdict = main.action === 'reject' ? 'refused' : 'dropped';
    drawing.node({ id: verdict, label: [verdict], shape: 'verdict', tone: 'bad' });
    drawing.edge({ from: id, to: verdict, label: entry === undefined ? '' : 'from outside', tone: 'bad' });
  }
}

/** From the chain that is entered to the chains that share out, with the clients that go there. */
function drawRoutes(drawing: Drawing, state: PortState, frontend: Frontend, entry: string): void {
  const leads = Object.entries(frontend.routes).flatMap(([client, { through }]) =>
    through.map(({ balance }) => ({ client, chain: balance.chain })),
  );
  const clients = Map.groupBy(leads, ({ chain }) => chain);
  for (const [chain, who] of clients) {
    if (chain !== entry) {
      drawChain(drawing, state, chain);
      drawing.edge({
        from: chainId(state, entry),
        to: chainId(state, chain),
        label: who.length === 3 || clients.size === 1 ? '' : who.map(({ client }) => client).join(', '),
        tone: 'plain',
      });
    }
    drawBackends(drawing, state, chain);
  }
}

function drawChain(drawing: Drawing, state: PortState, chain: string): void {
  const balance = state.balances.find((each) => each.chain === chain);
  const notes = balance === undefined ? [] : [`${balance.policy} policy`];
  drawing.node({ id: chainId(state, chain), label: [chain, ...notes], shape: 'chain', tone: 'plain' });
}

function drawBackends(drawing: Drawing, state: PortState, chain: string): void {
  const balance = state.balances.find((each) => each.chain === chain);
  const backends = state.backends.filter((each) => each.policy === balance?.policy);
  for (const backend of backends.slice(0, mostBackends)) drawBackend(drawing, state, chain, backend);
  const rest = backends.length - mostBackends;
  if (rest <= 0) return;
  const id = `rest ${chain}`;
  drawing.node({ id, label: [`${rest} more backends`], shape: 'backend', tone: 'quiet' });
  drawing.edge({ from: chainId(state, chain), to: id, label: '', tone: 'quiet' });
}

const tones: Readonly<Record<BackendState['state'], Tone>> = {
  ready: 'good',
  'not-ready': 'quiet',
  terminating: 'doubt',
  stale: 'bad',
  missing: 'bad',
  unknown: 'doubt',
};

function drawBackend(drawing: Drawing, state: PortState, chain: string, backend: BackendState): void {
  const address = hostPort(backend.address, backend.port);
  const id = `backend ${address}`;
  const tone = tones[backend.state];
  const label = [
    address,
    ...[backend.pod].filter((pod) => pod !== ''),
    ...(backend.state === 'ready' || backend.state === 'unknown' ? [] : [backend.state]),
  ];
  drawing.node({ id, label, shape: 'backend', tone });
  const rule = backend.ruleProbability;
  const random = rule === undefined || isOne(rule) ? '' : ` (rule ${toNumber(rule).toFixed(3)})`;
  drawing.edge({
    from: chainId(state, chain),
    to: id,
    label: backend.state === 'missing' ? 'no rule' : percent(backend.share) + random,
    tone,
  });
}

function chainId({ family }: PortState, chain: string): string {
  return `chain ${family} ${chain}`;
}
