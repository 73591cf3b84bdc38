// The ways in as a table and as JSON.
import type { Client, Frontend, Route } from '../proxiers/dispatch.ts';
import type { Block, Column, Text } from '../report/report.ts';
import { mainRoute } from './main-way.ts';
import type { PortState } from './port-state.ts';
import { typeName, wayText } from './words.ts';

export function explainedFrontends(states: readonly PortState[]): readonly object[] {
  return states.flatMap(({ name, frontends, missingWays, leftovers }) => [
    ...frontends.map((frontend) => ({
      type: frontend.type,
      address: frontend.address ?? '*',
      port: frontend.port,
      protocol: frontend.protocol,
      chain: frontend.chain ?? '',
      masquerade: masqueradeText(frontend),
      sourceRanges: frontend.sourceRanges,
      action: actionOf(frontend),
      servicePort: name.port,
      clients: clientActions(frontend),
      leftover: leftovers.includes(frontend),
    })),
    ...missingWays.map((way) => ({
      type: way.type,
      address: way.address ?? '*',
      port: way.port,
      protocol: name.protocol,
      chain: '',
      masquerade: '',
      sourceRanges: [],
      action: 'none',
      servicePort: name.port,
      clients: {},
      leftover: false,
    })),
  ]);
}

/** `undecided` is none of the contract's words: nothing is known to take the connection. */
function actionOf(frontend: Frontend): 'balance' | 'reject' | 'drop' | 'none' {
  const { action } = mainRoute(frontend);
  return action === 'undecided' ? 'none' : action;
}

function clientActions({ routes }: Frontend): Readonly<Record<Client, string>> {
  return { pods: routeText(routes.pods), node: routeText(routes.node), outside: routeText(routes.outside) };
}

function routeText({ action, through }: Route): string {
  const policies = [...new Set(through.map(({ balance }) => balance.policy))];
  return action === 'balance' && policies.length === 1 ? `balance ${policies[0]}` : action;
}

/** For whom the source address becomes the node's. */
function masqueradeText({ routes, type }: Frontend): string {
  const { pods, node, outside } = routes;
  const all = [pods, node, outside].filter(({ action }) => action === 'balance');
  if (all.length === 0) return '';
  if (all.every(({ masquerade }) => masquerade === true)) return 'always';
  if (all.every(({ masquerade }) => masquerade === false)) return 'never';
  if (pods.masquerade === false && outside.masquerade === true) {
    const note = pods.through[0]?.balance.masqueradeNote;
    return type === 'ClusterIP' && note !== undefined ? note : 'from outside the cluster';
  }
  if (node.masquerade === true && outside.masquerade === false) return 'from the node itself';
  return 'depends on the client';
}

export function frontendsTable(states: readonly PortState[]): readonly Block[] {
  const rows = states.flatMap((state) => [
    ...state.frontends.map((frontend) => row(state, frontend)),
    ...state.missingWays.map((way): readonly Text[] => [
      typeName(way.type),
      `${wayText(way)}/${state.name.protocol}`,
      [{ text: 'no rule', tone: 'bad' }],
      '',
      '',
      '',
    ]),
  ]);
  if (rows.length === 0) return [];
  const columns: readonly Column[] = [
    { title: 'TYPE' },
    { title: 'ADDRESS' },
    { title: 'NEW CONNECTIONS' },
    { title: 'MASQUERADE' },
    { title: 'SOURCES' },
    { title: 'CHAIN', wide: true },
  ];
  const used = columns.map(({ wide }, at) => wide === true || rows.some((cells) => cells[at] !== ''));
  return [
    { kind: 'heading', text: 'Ways in' },
    {
      kind: 'table',
      columns: columns.filter((_, at) => used[at]),
      rows: rows.map((cells) => cells.filter((_, at) => used[at])),
    },
  ];
}

function row({ leftovers }: PortState, frontend: Frontend): readonly Text[] {
  return [
    typeName(frontend.type),
    `${wayText(frontend)}/${frontend.protocol}`,
    leftovers.includes(frontend) ? [{ text: 'left over', tone: 'bad' }] : actionText(frontend),
    masqueradeText(frontend),
    frontend.sourceRanges.join(', '),
    frontend.chain ?? '',
  ];
}

function actionText(frontend: Frontend): Text {
  const { pods, outside } = frontend.routes;
  if (frontend.shadowedBy !== undefined) return [{ text: 'taken by another Service', tone: 'bad' }];
  if (frontend.type !== 'ClusterIP' && pods.action !== outside.action) {
    return `${words(outside)} (pods: ${words(pods)})`;
  }
  const route = mainRoute(frontend);
  const tone = route.action === 'balance' ? 'plain' : route.action === 'undecided' ? 'doubt' : 'bad';
  return [{ text: words(route), tone }];
}

function words({ action, through }: Route): string {
  const backends = through.reduce((sum, { balance }) => sum + balance.backends.length, 0);
  const local = through.some(({ balance }) => balance.policy === 'Local') ? 'local ' : '';
  if (action === 'balance') return `to ${backends} ${local}${backends === 1 ? 'backend' : 'backends'}`;
  return { reject: 'refused', drop: 'dropped', none: 'no backend', undecided: 'not decided' }[action];
}
