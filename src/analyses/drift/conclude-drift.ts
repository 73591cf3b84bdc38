// Last of all, with suppressions known and what moved taken back: the sums of a drift document, its first lines, and the
// matrix of nodes.
import type { Finding } from '../../report/finding.ts';
import type { Block, Report, Tone } from '../../report/report.ts';
import { count, listing } from '../words.ts';
import type { DriftNode, DriftReport } from './drift.ts';
import type { NodeState } from './node-drift.ts';

/** Whether a node was not judged, or only in part. */
export function hasUnread({ data }: Report): boolean {
  const { nodes } = data as DriftReport['data'];
  return nodes.some(({ state, note }) => state === 'UNREADABLE' || (state === 'STALE' && note !== ''));
}

/** The sums of the document and the first lines, of findings that are not suppressed. */
export function concludeDrift(report: Report): Report {
  const nodes = judgedNodes(report);
  const counted = report.findings.filter(({ suppressed }) => suppressed === undefined);
  const of = (severity: Finding['severity']) => counted.filter((finding) => finding.severity === severity).length;
  const incomplete = nodes.filter(({ state, note }) => state !== 'NOT-APPLICABLE' && note !== '');
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
    blocks: [headline(nodes, grave, incomplete), ...(nodes.length > 1 ? [nodeMatrix(nodes)] : []), ...report.blocks],
  };
}

/** `status`: the matrix alone. */
export function concludeStatus(report: Report): Report {
  const nodes = judgedNodes(report);
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

/**
 * Two looks at a node, or at the API, may have taken back what the first called stale: then nothing lasting is known of it.
 */
function judgedNodes({ data, findings }: Report): readonly DriftNode[] {
  const { nodes } = data as DriftReport['data'];
  return nodes.map((node) => {
    const own = findings.filter((finding) => finding.node === node.name && !finding.code.startsWith('KPR9'));
    if (node.state !== 'STALE' || own.some(({ severity }) => severity !== 'info')) return node;
    return { ...node, state: 'SYNCED', note: node.note === '' ? 'what differs moved meanwhile: ask again' : node.note };
  });
}

function headline(nodes: readonly DriftNode[], grave: number, incomplete: readonly DriftNode[]): Block {
  const applicable = nodes.filter(({ state }) => state !== 'NOT-APPLICABLE');
  const names = (of: readonly DriftNode[]) => listing(of.map(nameOf));
  if (applicable.length === 0) {
    const sentence = `${names(nodes)}: no rules of kube-proxy to compare`;
    return { kind: 'verdict', tone: 'doubt', label: 'NOT APPLICABLE', sentence };
  }
  const sum = (of: (node: DriftNode) => number) => applicable.reduce((total, node) => total + of(node), 0);
  const expected = sum(({ servicePorts }) => servicePorts.expected);
  const inSync = sum(({ servicePorts }) => servicePorts.inSync);
  if (grave > 0 && applicable.every(({ state }) => state === 'SYNCED')) {
    const what = grave === 1 ? 'a finding tells' : `${grave} findings tell`;
    const where = applicable.length === 1 ? 'node' : 'nodes';
    const sentence = `${names(applicable)}: ${count(expected, 'service port')}, all as kube-proxy would write them, and ${what} what else is wrong on the ${where}`;
    return { kind: 'verdict', tone: 'bad', label: 'IN SYNC, BUT', sentence };
  }
  if (grave > 0) {
    return {
      kind: 'verdict',
      tone: 'bad',
      label: 'DRIFT',
      sentence: `${names(applicable)}: ${count(grave, 'finding')}; the rules of ${inSync} of ${count(expected, 'service port')} are in sync`,
    };
  }
  if (incomplete.length > 0) {
    const why = incomplete.map((node) => `${nameOf(node)}: ${node.note}`).join('; ');
    return { kind: 'verdict', tone: 'doubt', label: 'INCOMPLETE', sentence: `nothing wrong was seen, but ${why}` };
  }
  const known = applicable.some(({ state }) => state === 'STALE');
  const rules = sum((node) => node.rules ?? 0);
  return {
    kind: 'verdict',
    tone: 'good',
    label: known ? 'IN SYNC BUT FOR WHAT IS KNOWN' : 'IN SYNC',
    sentence: known
      ? `${names(applicable)}: the rules of ${inSync} of ${count(expected, 'service port')} are in sync, and every finding is suppressed`
      : `${names(applicable)}: ${count(expected, 'service port')}, ${count(rules, 'rule')}, all as kube-proxy would write them`,
  };
}

function nameOf({ name }: DriftNode): string {
  return name || 'this node';
}

const tones: Readonly<Record<NodeState, Tone>> = {
  SYNCED: 'good',
  STALE: 'bad',
  UNREADABLE: 'doubt',
  'NOT-APPLICABLE': 'quiet',
};

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
