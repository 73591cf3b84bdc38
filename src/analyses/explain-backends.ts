// Backends of service ports as a table and as JSON: the rule's own probability and the share that it leaves each.
import { hostPort } from '../address.ts';
import { type Fraction, isOne, toNumber } from '../netfilter/fraction.ts';
import type { Block, Text, Tone } from '../report/report.ts';
import type { BackendCondition, BackendState } from './backend-state.ts';
import type { PortState } from './port-state.ts';
import { duration, percent, place } from './words.ts';

export function explainedBackends(states: readonly PortState[]): readonly object[] {
  return states.flatMap(({ name, family, backends }) =>
    backends.map((backend) => ({
      address: backend.address,
      port: backend.port,
      pod: backend.pod,
      node: backend.node,
      probability: toNumber(backend.share),
      ruleProbability: backend.ruleProbability === undefined ? 0 : toNumber(backend.ruleProbability),
      state: backend.state,
      family,
      namespace: name.namespace,
      service: name.name,
      servicePort: name.port,
      protocol: name.protocol,
      policy: backend.policy,
      chain: backend.chain,
    })),
  );
}

/** Endpoints that the API lists and this node gives nothing, with the reason. */
export interface UnusedEndpoint {
  readonly address: string;
  readonly port: number;
  readonly pod: string;
  readonly node: string;
  readonly state: BackendCondition;
  readonly reason: string;
}

export function unusedEndpoints(states: readonly PortState[]): readonly UnusedEndpoint[] {
  return states.flatMap((state) => {
    const listed = new Set(state.backends.map(({ address, port }) => hostPort(address, port)));
    return state.endpoints
      .filter(({ id }) => !listed.has(id))
      .map(({ address, port, pod, nodeName, ready, serving, terminating }) => ({
        address,
        port,
        pod: pod?.name ?? '',
        node: nodeName ?? '',
        state: ready ? ('ready' as const) : terminating ? ('terminating' as const) : ('not-ready' as const),
        reason: ready
          ? 'not for this node'
          : terminating
            ? serving
              ? 'terminating, others are ready'
              : 'terminating, no longer serving'
            : 'not ready',
      }));
  });
}

const tones: Readonly<Record<BackendCondition, Tone>> = {
  ready: 'good',
  'not-ready': 'quiet',
  terminating: 'doubt',
  stale: 'bad',
  missing: 'bad',
  unknown: 'doubt',
};

const mostRows = 60;

export function backendsTable(states: readonly PortState[]): readonly Block[] {
  const several = new Set(states.map(({ name, family }) => `${name.port}/${name.protocol}/${family}`)).size > 1;
  const services = new Set(states.map(({ name }) => `${name.namespace}/${name.name}`)).size > 1;
  const policies = new Set(states.flatMap(({ backends }) => backends.map(({ policy }) => policy))).size > 1;
  const rows = states.flatMap((state) => [
    ...state.backends.map((backend) => row(state, backend)),
    ...unusedEndpoints([state]).map((endpoint) => unusedRow(state, endpoint)),
  ]);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, mostRows);
  const all = [
    { column: { title: 'SERVICE' }, show: services },
    { column: { title: 'PORT' }, show: several },
    { column: { title: 'POLICY' }, show: policies },
    { column: { title: 'BACKEND' }, show: true },
    { column: { title: 'SHARE', align: 'right' as const }, show: true },
    { column: { title: 'RULE', align: 'right' as const }, show: true },
    { column: { title: 'STATE' }, show: true },
    { column: { title: 'POD' }, show: rows.some((cells) => cells[7] !== '') },
    { column: { title: 'NODE' }, show: rows.some((cells) => cells[8] !== '') },
    { column: { title: 'RULE AT' }, show: true },
    { column: { title: 'CHAIN', wide: true }, show: true },
  ];
  const blocks: Block[] = [
    { kind: 'heading', text: 'Backends' },
    {
      kind: 'table',
      columns: all.filter(({ show }) => show).map(({ column }) => column),
      rows: shown.map((cells) => cells.filter((_, index) => all[index]?.show)),
    },
  ];
  if (rows.length > shown.length)
    blocks.push({ kind: 'paragraph', text: `${rows.length - shown.length} more: -o json has them all` });
  const notes = states.flatMap(shareNotes);
  if (notes.length > 0) blocks.push({ kind: 'list', items: [...new Set(notes)] });
  return blocks;
}

function row(state: PortState, backend: BackendState): readonly Text[] {
  const first = backend.rules[0];
  return [
    serviceLabel(state),
    portLabel(state),
    backend.policy,
    hostPort(backend.address, backend.port),
    backend.state === 'missing' ? '-' : percent(backend.share),
    ruleText(backend.ruleProbability),
    [{ text: backend.state, tone: tones[backend.state] }],
    backend.pod,
    backend.node,
    first === undefined ? 'no rule' : place(first),
    backend.chain,
  ];
}

function unusedRow(
  state: PortState,
  { address, port, pod, node, state: condition, reason }: UnusedEndpoint,
): readonly Text[] {
  const said = condition === 'not-ready' || condition === 'terminating' ? condition : reason;
  return [
    serviceLabel(state),
    portLabel(state),
    '',
    hostPort(address, port),
    '0 %',
    '',
    [{ text: said, tone: 'quiet' }],
    pod,
    node,
    '',
    '',
  ];
}

function serviceLabel({ name }: PortState): string {
  return `${name.namespace}/${name.name}`;
}

function portLabel({ name, family }: PortState): string {
  return `${name.port === '' ? name.protocol : `${name.port}/${name.protocol}`}${family === 'IPv6' ? ' v6' : ''}`;
}

function ruleText(probability: Fraction | undefined): string {
  if (probability === undefined) return '';
  return isOne(probability) ? 'rest' : toNumber(probability).toFixed(4);
}

/** Shares add up to 1, or it is said where the rest goes. */
function shareNotes({ balances }: PortState): readonly string[] {
  return balances.flatMap(({ affinitySeconds, leak, undecided, undecidedAt, backends, chain }) => [
    ...(affinitySeconds === undefined
      ? []
      : [
          `session affinity: a client that was here in the last ${duration(affinitySeconds)} goes where it went before; shares are for new clients`,
        ]),
    ...(leak.numerator === 0n ? [] : [`${percent(leak)} gets no backend: it leaves ${chain} behind its last rule`]),
    ...(undecided.numerator === 0n
      ? []
      : [
          `${percent(undecided)} depends on ${undecidedAt === undefined ? 'a rule' : place(undecidedAt)}, which is not understood`,
        ]),
    ...(backends.length > 0 && backends.every(({ hairpin }) => hairpin)
      ? []
      : backends.length === 0
        ? []
        : [`${chain} lacks the masquerade rule for a backend's connections to itself`]),
  ]);
}
