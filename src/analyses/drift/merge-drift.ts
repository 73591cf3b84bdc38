// The drift of several nodes as one answer: a node that could not be read is a row, and how many nodes share a difference
// says where to look. Last, with suppressions known, the sum.
import type { Finding } from '../../report/finding.ts';
import type { Block, Report, Suite, Tone } from '../../report/report.ts';
import { sorted } from '../checks/index.ts';
import { mergedMeta } from '../merge-meta.ts';
import type { NodeAnswers } from '../unreadable.ts';
import { count, listing } from '../words.ts';
import type { DriftNode, DriftReport } from './drift.ts';
import type { NodeState } from './node-drift.ts';

export function mergeDrift({ reports, unreadable }: NodeAnswers<DriftReport>): DriftReport {
  const [only] = reports;
  if (only !== undefined && reports.length === 1 && unreadable.length === 0) return only;
  const nodes = [
    ...reports.flatMap(({ data }) => data.nodes),
    ...unreadable.map(({ node, reason, applicable }) => unreadNode(node, reason, applicable)),
  ].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const suites = [
    ...reports.flatMap((report) => report.suites ?? []),
    ...unreadable.map(({ node, reason }) => unreadSuite(node, reason)),
  ].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return {
    kind: 'Drift',
    meta: mergedMeta(reports),
    data: { nodes },
    findings: sorted(attributed(reports)),
    blocks: [
      { kind: 'findings' },
      ...reports.flatMap(({ meta, blocks }) =>
        blocks.filter(({ kind }) => kind !== 'findings').map((block): Block => headed(String(meta.node ?? ''), block)),
      ),
    ],
    suites,
  };
}

function headed(node: string, block: Block): Block {
  if (block.kind === 'heading') return { kind: 'heading', text: `${block.text} of ${node}` };
  return block.kind === 'wide' ? { kind: 'wide', blocks: block.blocks.map((each) => headed(node, each)) } : block;
}

function unreadNode(name: string, note: string, applicable: boolean): DriftNode {
  return {
    name,
    mode: '',
    release: '',
    source: '',
    state: applicable ? 'UNREADABLE' : 'NOT-APPLICABLE',
    servicePorts: { expected: 0, inSync: 0 },
    note,
  };
}

function unreadSuite(name: string, reason: string): Suite {
  return { name, cases: [{ group: 'node', name: 'rules of the node', outcome: 'unknown', findings: [], reason }] };
}

/** What all nodes lack was told to all of them wrongly; what some lack, those did not write. */
function attributed(reports: readonly DriftReport[]): readonly Finding[] {
  const all = reports.flatMap(({ findings }) => findings);
  if (reports.length < 2) return all;
  const alike = Map.groupBy(all, keyOf);
  return all.map((finding) => {
    if (!/^KPR2/.test(finding.code)) return finding;
    const nodes = [...new Set((alike.get(keyOf(finding)) ?? []).map(({ node }) => node))].sort();
    const where =
      nodes.length === reports.length
        ? `all ${count(reports.length, 'node')} are alike, which points to the API server or a controller, not to one kube-proxy`
        : `${listing(nodes)} of ${count(reports.length, 'node')}, the others are right, which points to kube-proxy there`;
    return { ...finding, message: `${finding.message}; ${where}` };
  });
}

/** A finding of the node itself is alike by its code. */
function keyOf({ code, subject }: Finding): string {
  const { kind, namespace, name, port, protocol } = subject;
  return kind === 'Node' ? code : [code, kind, namespace, name, port, protocol].join('\0');
}

const tones: Readonly<Record<NodeState, Tone>> = {
  SYNCED: 'good',
  STALE: 'bad',
  UNREADABLE: 'doubt',
  'NOT-APPLICABLE': 'quiet',
};

/** Whether a node was not judged, or only in part. */
export function hasUnread(report: Report): boolean {
  return (report.data as DriftReport['data']).nodes.some(isOpen);
}

function isOpen({ state, note }: DriftNode): boolean {
  return state === 'UNREADABLE' || (state === 'STALE' && note !== '');
}

/** The sums of the document and the first lines, of findings that are not suppressed. */
export function concludeDrift(report: Report): Report {
  const nodes = settledNodes(report);
  const counted = report.findings.filter(({ suppressed }) => suppressed === undefined);
  const of = (severity: Finding['severity']) => counted.filter((finding) => finding.severity === severity).length;
  const incomplete = nodes.filter(isOpen);
  const summary = {
    nodes: nodes.length,
    critical: of('critical'),
    warning: of('warning'),
    info: of('info'),
    incomplete: incomplete.length,
  };
  const grave = summary.critical + summary.warning;
  return {
    ...report,
    data: { summary, nodes },
    blocks: [
      headline(nodes, grave, incomplete.length),
      ...(nodes.length > 1 ? [nodeMatrix(nodes)] : []),
      ...report.blocks,
    ],
  };
}

/** What was found of a node may have become information since: it settled by itself, or moved meanwhile. */
function settledNodes({ data, findings }: Report): readonly DriftNode[] {
  const stale = new Set(
    findings.filter(({ severity, code }) => severity !== 'info' && !code.startsWith('KPR9')).map(({ node }) => node),
  );
  return (data as DriftReport['data']).nodes.map((node) =>
    node.state === 'STALE' && !stale.has(node.name) ? { ...node, state: 'SYNCED' } : node,
  );
}

/** `status`: the matrix alone. */
export function concludeStatus(report: Report): Report {
  const nodes = settledNodes(report);
  const wide = report.blocks.filter(({ kind }) => kind !== 'findings');
  const stale = nodes.some(({ state }) => state === 'STALE');
  const next = 'kubectl proxyrules drift, with the same flags, tells what is wrong.';
  return {
    ...report,
    kind: 'Status',
    data: { nodes },
    blocks: [
      nodeMatrix(nodes),
      ...(stale ? [{ kind: 'paragraph' as const, text: [{ text: next, tone: 'quiet' as const }] }] : []),
      ...wide,
      // The matrix is the answer; findings are drift's.
      { kind: 'wide', blocks: [{ kind: 'findings' }] },
    ],
  };
}

function headline(nodes: readonly DriftNode[], grave: number, incomplete: number): Block {
  const sum = (of: (node: DriftNode) => number) => nodes.reduce((total, node) => total + of(node), 0);
  const expected = sum(({ servicePorts }) => servicePorts.expected);
  const inSync = sum(({ servicePorts }) => servicePorts.inSync);
  const rules = sum((node) => node.rules ?? 0);
  const names = listing(nodes.map(({ name }) => name || 'this node'));
  if (grave > 0) {
    return {
      kind: 'verdict',
      tone: 'bad',
      label: 'DRIFT',
      sentence: `${names}: ${count(grave, 'finding')}; the rules of ${inSync} of ${count(expected, 'service port')} are in sync`,
    };
  }
  if (incomplete > 0) {
    const unread = nodes.filter(({ state }) => state === 'UNREADABLE');
    const why = listing(unread.map(({ name, note }) => `${name || 'this node'}: ${note}`));
    return { kind: 'verdict', tone: 'doubt', label: 'INCOMPLETE', sentence: `nothing wrong was seen, but ${why}` };
  }
  if (nodes.some(({ state }) => state === 'STALE')) {
    return {
      kind: 'verdict',
      tone: 'doubt',
      label: 'SUPPRESSED',
      sentence: `${names}: what differs is known and suppressed; ${inSync} of ${count(expected, 'service port')} ${expected === 1 ? 'is' : 'are'} in sync`,
    };
  }
  return {
    kind: 'verdict',
    tone: 'good',
    label: 'IN SYNC',
    sentence: `${names}: ${count(expected, 'service port')}, ${count(rules, 'rule')}, all as kube-proxy would write them`,
  };
}

function nodeMatrix(nodes: readonly DriftNode[]): Block {
  return {
    kind: 'table',
    columns: [
      { title: 'NODE' },
      { title: 'MODE' },
      { title: 'RELEASE' },
      { title: 'SOURCE' },
      { title: 'IN SYNC', align: 'right' },
      { title: 'STATE' },
      { title: 'NOTE' },
    ],
    rows: nodes.map(({ name, mode, release, source, servicePorts, state, note }) => [
      name,
      mode,
      release,
      source,
      state === 'SYNCED' || state === 'STALE' ? `${servicePorts.inSync}/${servicePorts.expected}` : '-',
      [{ text: state, tone: tones[state] }],
      note,
    ]),
  };
}
