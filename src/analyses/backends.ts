// Every backend of every service port on the node: what a connection that enters by the cluster IP may get.
import { hostPort } from '../address.ts';
import { toNumber } from '../netfilter/fraction.ts';
import { servicePortNameString } from '../proxiers/service-ports.ts';
import type { Block, Meta, Report, Text, Tone } from '../report/report.ts';
import type { BackendState } from './backend-state.ts';
import { nodeFindings, proxyFindings, sorted } from './checks/index.ts';
import { unusedEndpoints } from './explain-backends.ts';
import { looseFindings } from './loose-chains.ts';
import { isTrusted, metaOf, type NodeView } from './node-view.ts';
import { type PortState, portStates } from './port-state.ts';
import { resolveTarget } from './resolve.ts';
import type { Target } from './target.ts';
import { distrust } from './verdict.ts';
import { count, listing, onNode, percent } from './words.ts';

export interface Asked {
  /** Empty: every service port. */
  readonly targets: readonly Target[];
  /** Without targets, those of one namespace only; `undefined`: of all. */
  readonly namespace: string | undefined;
}

export function backends(view: NodeView, { targets, namespace }: Asked, meta: Meta): Report {
  const all = portStates(view).filter(
    ({ name }) => targets.length > 0 || namespace === undefined || name.namespace === namespace,
  );
  const states =
    targets.length === 0 ? all : unique(targets.flatMap((target) => resolveTarget(view, target, all).states));
  const findings = sorted([
    ...nodeFindings(view),
    ...proxyFindings(view, states),
    ...(targets.length === 0 && namespace === undefined ? looseFindings(view) : []),
  ]);
  return {
    kind: 'Backends',
    meta: metaOf(view, meta),
    data: { items: states.map((state) => item(view, state)) },
    findings,
    blocks: blocksOf(view, states),
  };
}

function unique(states: readonly PortState[]): readonly PortState[] {
  return [
    ...new Map(
      states.map((state) => [`${servicePortNameString(state.name)}/${state.name.protocol}/${state.family}`, state]),
    ).values(),
  ];
}

/** The backends of the cluster IP: of the Local policy where the Service's internal policy is Local. */
function ofClusterIP(state: PortState): readonly BackendState[] {
  const cluster = state.frontends.find(({ type }) => type === 'ClusterIP');
  const installed = cluster?.routes.pods.through[0]?.balance.policy;
  const policy = installed ?? (state.port?.internalPolicyLocal === true ? 'Local' : 'Cluster');
  // Without a rule for the cluster IP nothing enters there; what the API offers is missing.
  return state.backends.filter(
    (each) => each.policy === policy && (installed !== undefined || each.state === 'missing'),
  );
}

function item(view: NodeView, state: PortState): object {
  const { name, family } = state;
  return {
    node: view.name,
    family,
    namespace: name.namespace,
    service: name.name,
    port: name.port,
    protocol: name.protocol,
    backends: ofClusterIP(state).map((backend) => ({
      address: backend.address,
      port: backend.port,
      pod: backend.pod,
      node: backend.node,
      probability: toNumber(backend.share),
      state: backend.state,
    })),
    unused: unusedEndpoints([state]),
  };
}

const tones: Readonly<Record<BackendState['state'], Tone>> = {
  ready: 'plain',
  'not-ready': 'quiet',
  terminating: 'doubt',
  stale: 'bad',
  missing: 'bad',
  unknown: 'doubt',
};

function blocksOf(view: NodeView, states: readonly PortState[]): readonly Block[] {
  const doubt = distrust(view);
  const cut = view.dispatches.map(({ family }) => family).filter((family) => !isTrusted(view, family));
  const sentence = doubt?.sentence ?? `nothing can be concluded for ${listing(cut)}: its text is cut or damaged`;
  const head: readonly Block[] =
    cut.length === 0 ? [] : [{ kind: 'verdict', tone: 'doubt', label: 'UNKNOWN', sentence }];
  if (states.length === 0) return [...head, { kind: 'paragraph', text: `No service port ${onNode(view)}.` }];
  const rows = states.flatMap((state) => rowsOf(state));
  const sum = states.reduce((total, state) => total + ofClusterIP(state).length, 0);
  return [
    ...head,
    {
      kind: 'table',
      columns: [
        { title: 'SERVICE PORT' },
        { title: 'PROTOCOL', wide: true },
        { title: 'BACKEND' },
        { title: 'SHARE', align: 'right' },
        { title: 'STATE' },
        { title: 'POD' },
        { title: 'NODE' },
        { title: 'CHAIN', wide: true },
      ],
      rows,
    },
    {
      kind: 'paragraph',
      text: `${count(sum, 'backend')} of ${count(states.length, 'service port')} ${onNode(view)}; shares are of new connections to the cluster IP without affinity.`,
    },
  ];
}

function rowsOf(state: PortState): readonly (readonly Text[])[] {
  const { name, family } = state;
  const label = `${servicePortNameString(name)}${name.protocol === 'TCP' ? '' : `/${name.protocol.toLowerCase()}`}${family === 'IPv6' ? ' (IPv6)' : ''}`;
  const rows = ofClusterIP(state).map((backend): readonly Text[] => [
    label,
    name.protocol,
    hostPort(backend.address, backend.port),
    backend.state === 'missing' ? '-' : percent(backend.share),
    [{ text: backend.state, tone: tones[backend.state] }],
    backend.pod,
    backend.node,
    backend.chain,
  ]);
  const unused = unusedEndpoints([state]).map((each): readonly Text[] => [
    label,
    name.protocol,
    hostPort(each.address, each.port),
    '0 %',
    [{ text: each.state === 'ready' ? each.reason : each.state, tone: 'quiet' }],
    each.pod,
    each.node,
    '',
  ]);
  if (rows.length + unused.length > 0) return [...rows, ...unused];
  return [[label, name.protocol, [{ text: emptyText(state), tone: 'quiet' }], '', '', '', '', '']];
}

function emptyText({ frontends, missingWays }: PortState): string {
  const action = frontends[0]?.routes.pods.action;
  if (action === 'reject') return 'none: refused';
  if (action === 'drop') return 'none: dropped';
  return missingWays.length > 0 ? 'none: no rule' : 'none';
}
