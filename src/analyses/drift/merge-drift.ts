// The drift of several nodes as one answer: a node that could not be read is a row, and how many nodes share a difference
// says where to look.
import type { Finding } from '../../report/finding.ts';
import type { Block, Suite } from '../../report/report.ts';
import { sorted } from '../checks/index.ts';
import { mergedMeta } from '../merge-meta.ts';
import type { NodeAnswers } from '../unreadable.ts';
import { count, listing } from '../words.ts';
import type { DriftNode, DriftReport } from './drift.ts';

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
