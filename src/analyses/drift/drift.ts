// `drift` and `status` of one node as a report. Several nodes' are put together by merge-drift.ts; what counts is summed up
// last, when it is known which findings are suppressed.
import type { Comparison, Setting } from '../../proxiers/comparison.ts';
import type { Harmless } from '../../proxiers/difference.ts';
import { newestExpected } from '../../proxiers/index.ts';
import { rangeText } from '../../proxiers/releases.ts';
import { servicePortKey } from '../../proxiers/service-ports.ts';
import type { Finding } from '../../report/finding.ts';
import type { Block, Case, Meta, Report } from '../../report/report.ts';
import { metaOf, type NodeView } from '../node-view.ts';
import { portStates } from '../port-state.ts';
import { resolveTarget } from '../resolve.ts';
import type { Target } from '../target.ts';
import { count } from '../words.ts';
import { type NodeDrift, type NodeState, nodeDrift } from './node-drift.ts';
import type { Scope } from './scope.ts';

export interface DriftAsked {
  /** Empty: every service port. */
  readonly targets: readonly Target[];
  /** Without targets, those of one namespace only. */
  readonly namespace: string | undefined;
  /** Also what was forgiven, and the settings gone by. */
  readonly verbose: boolean;
}

/** A node of the document: the contract's fields, then what it was judged by. */
export interface DriftNode {
  readonly name: string;
  readonly mode: string;
  readonly release: string;
  readonly source: string;
  readonly state: NodeState;
  readonly servicePorts: { readonly expected: number; readonly inSync: number };
  readonly note: string;
  readonly rules?: number;
  readonly settings?: readonly {
    readonly name: string;
    readonly family?: string;
    readonly value: string;
    readonly from: string;
  }[];
  readonly forgiven?: readonly { readonly why: Harmless; readonly chains: number }[];
}

export interface DriftReport extends Report {
  readonly data: { readonly nodes: readonly DriftNode[] };
}

export function drift(view: NodeView, asked: DriftAsked, meta: Meta): DriftReport {
  const judged = nodeDrift(view, scopeOf(view, asked));
  const known = metaOf(view, meta);
  const notes = [...newerNote(view), ...(judged.comparison?.settings ?? []).flatMap(noteOf)];
  return {
    kind: 'Drift',
    meta: { ...known, notes: [...known.notes, ...notes] },
    data: { nodes: [nodeOf(view, judged)] },
    findings: judged.findings,
    blocks: [{ kind: 'findings' }, ...details(judged, asked.verbose)],
    suites: [suiteOf(view, judged)],
  };
}

function scopeOf(view: NodeView, { targets, namespace }: DriftAsked): Scope {
  if (targets.length === 0) return (name) => namespace === undefined || name.namespace === namespace;
  const all = portStates(view);
  const keys = new Set(
    targets.flatMap((target) => resolveTarget(view, target, all).states.map(({ name }) => servicePortKey(name))),
  );
  return (name) => keys.has(servicePortKey(name));
}

function newerNote({ release: { first } }: NodeView): readonly string[] {
  if (first === undefined || first <= newestExpected) return [];
  return [
    `kube-proxy 1.${first} is newer than this release of the tool knows: its rules are taken to be as 1.${newestExpected} writes them`,
  ];
}

/** What was said and is not so; the rest is told on demand. */
function noteOf({ name, family, value, contradicts, from }: Setting): readonly string[] {
  if (contradicts === undefined) return [];
  const which = family === undefined ? name : `${name} (${family})`;
  return [`${which}: ${value}, by ${from}, although ${contradicts.from} says: ${contradicts.value}`];
}

function nodeOf(view: NodeView, { state, note, ports, comparison }: NodeDrift): DriftNode {
  return {
    name: view.name,
    mode: view.installed.mode,
    release: rangeText(view.release),
    source: view.source,
    state,
    servicePorts: { expected: ports.length, inSync: ports.filter((port) => port.state === 'in-sync').length },
    note,
    ...(comparison && {
      rules: comparison.expectedRules,
      settings: comparison.settings.map(({ name, family, value, from }) => ({
        name,
        ...(family && { family }),
        value,
        from,
      })),
      forgiven: forgivenOf(comparison),
    }),
  };
}

function forgivenOf({ forgiven }: Comparison): readonly { readonly why: Harmless; readonly chains: number }[] {
  return [...Map.groupBy(forgiven, ({ why }) => why)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([why, group]) => ({ why, chains: group.length }));
}

const harmless: Readonly<Record<Harmless, string>> = {
  comment: 'comments differ, or a large cluster leaves them out',
  rounding: 'a probability is rounded otherwise',
  counting: 'a rule that only counts is there or not',
  order: 'rules stand in another order that no packet can tell',
  'repeated-rule': 'a rule is there twice, the second is never needed',
  'unreachable-rule': 'a rule stands behind one that takes everything',
  'no-effect': 'a rule has no effect, or only logs',
  'unused-chain': 'a chain is left over and nothing leads to it',
  canary: "kube-proxy's canary chain is gone: it was flushed, and kube-proxy will notice",
  'same-address': 'two Services claim one address: which rule stands first is chance',
  'contested-endpoint': 'two EndpointSlices contradict each other on an endpoint: to 1.35 either may win',
};

function details({ comparison }: NodeDrift, verbose: boolean): readonly Block[] {
  if (comparison === undefined) return [];
  const blocks: readonly Block[] = [
    { kind: 'heading', text: 'Settings' },
    {
      kind: 'table',
      columns: [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }],
      rows: comparison.settings.map(({ name, family, value, from }) => [
        family === undefined ? name : `${name} (${family})`,
        value,
        from,
      ]),
    },
    { kind: 'heading', text: 'Differences that do no harm' },
    forgivenBlock(comparison),
  ];
  return verbose ? blocks : [{ kind: 'wide', blocks }];
}

function forgivenBlock(comparison: Comparison): Block {
  const groups = forgivenOf(comparison);
  if (groups.length === 0) return { kind: 'paragraph', text: 'None.' };
  return {
    kind: 'list',
    items: groups.map(({ why, chains }) => {
      const where = comparison.forgiven.filter((each) => each.why === why).slice(0, 3);
      const names = [...new Set(where.map(({ table, chain }) => `${table}/${chain}`))].join(', ');
      return `${harmless[why]}: ${count(chains, 'chain')} (${names}${chains > where.length ? ' ...' : ''})`;
    }),
  };
}

function suiteOf(view: NodeView, { ports, findings, state, note }: NodeDrift) {
  const unread = state === 'UNREADABLE' || (state === 'SYNCED' && note !== '');
  const ofNode = findings.filter(({ subject }) => subject.kind === 'Node');
  const grave = ({ severity, code }: Finding) => severity !== 'info' && !code.startsWith('KPR9');
  const cases: readonly Case[] = ports.map(({ namespace, service, port, protocol, state: is, reason = note }) => {
    const own = findings.filter(
      ({ subject }) =>
        subject.kind === 'Service' &&
        subject.namespace === namespace &&
        subject.name === service &&
        (subject.port === port || subject.port === ''),
    );
    const related = is === 'differs' && own.length === 0 ? ofNode.filter(grave) : own;
    return {
      group: `${namespace}/${service}`,
      name: `${port === '' ? '-' : port}/${protocol}`,
      outcome: related.some(grave) ? 'failed' : is === 'unknown' ? 'unknown' : 'passed',
      findings: related,
      ...(is === 'unknown' && { reason }),
    };
  });
  return {
    name: view.name,
    cases: [
      {
        group: 'node',
        name: 'rules of the node',
        outcome: ofNode.some(grave) ? ('failed' as const) : unread ? ('unknown' as const) : ('passed' as const),
        findings: ofNode,
        ...(unread && { reason: note }),
      },
      ...cases,
    ],
    facts: { mode: view.installed.mode, release: rangeText(view.release), source: view.source },
  };
}
