// The explanations of several nodes as one: a verdict for all of them, a row for each, then each in its own words.
import type { Block, Report } from '../report/report.ts';
import { mergedFindings } from './merge-findings.ts';
import { mergedGraph } from './merge-graph.ts';
import { mergedMeta } from './merge-meta.ts';
import { mergedVerdict } from './merge-verdicts.ts';
import { type NodeRow, nodeRows, nodesTable } from './nodes-table.ts';
import type { NodeAnswers } from './unreadable.ts';
import { isVerdict, type Verdict, verdictLabel, verdictTones } from './verdict-words.ts';

/** One node's answer stands as it is. `target` is as it was typed. */
export function mergeExplain(target: string, answers: NodeAnswers<Report>): Report {
  const { reports } = answers;
  const rows = nodeRows(answers);
  const [only] = reports;
  if (only !== undefined && rows.length === 1) return only;
  const judged = reports.map(({ meta, data, findings }) => ({
    node: String(meta.node ?? ''),
    verdict: isVerdict(data.verdict) ? data.verdict : nothing,
    findings,
  }));
  const isChain = reports.some(({ blocks }) => blocks.some((block) => block.kind === 'verdict' && isChainLabel(block)));
  const verdict = mergedVerdict(target, judged, answers, isChain ? 'there' : 'reachable');
  const verdicts = new Map(judged.map((each) => [each.node, each.verdict]));
  const fromAll = (field: string, key: 'node' | 'onNode') =>
    reports.flatMap(({ meta, data }) =>
      listOf(data[field]).map((each) =>
        key === 'node' ? { node: meta.node, ...each } : { ...each, onNode: meta.node },
      ),
    );
  const said = blocksOf(reports);
  return {
    kind: 'Explain',
    meta: mergedMeta(reports),
    data: {
      target,
      verdict,
      nodes: rows.map(({ name, state, source, note }) => ({
        name,
        state,
        ...(verdicts.has(name) && { verdict: verdicts.get(name) }),
        source,
        note,
      })),
      frontends: fromAll('frontends', 'node'),
      // The `node` of a backend is the one that its pod runs on.
      backends: fromAll('backends', 'onNode'),
      unused: fromAll('unused', 'onNode'),
      rules: fromAll('rules', 'node'),
      differences: fromAll('differences', 'node'),
    },
    findings: mergedFindings(reports),
    blocks: [
      {
        kind: 'verdict',
        tone: verdictTones[verdict.state],
        label: verdictLabel(verdict.state, isChain),
        sentence: verdict.sentence,
      },
      { kind: 'heading', text: 'Nodes' },
      table(rows, verdicts, isChain),
      ...said.own,
      { kind: 'findings' },
      ...said.shared,
    ],
    graph: mergedGraph(target, answers),
  };
}

const nothing: Verdict = { state: 'unknown', cause: 'none', sentence: 'nothing was concluded' };

function isChainLabel({ label }: { readonly label: string }): boolean {
  return label === verdictLabel('reachable', true);
}

function listOf(value: unknown): readonly object[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function table(rows: readonly NodeRow[], verdicts: ReadonlyMap<string, Verdict>, isChain: boolean): Block {
  return nodesTable(rows, [
    {
      column: { title: 'VERDICT' },
      cell: ({ name, state }) => {
        const verdict = verdicts.get(name);
        return verdict === undefined
          ? [{ text: state, tone: state === 'ABSENT' ? 'quiet' : 'bad' }]
          : [{ text: verdictLabel(verdict.state, isChain), tone: verdictTones[verdict.state] }];
      },
    },
    { column: { title: 'CAUSE' }, cell: ({ name }) => verdicts.get(name)?.cause.replace(/^none$/, '') ?? '' },
  ]);
}

/** Each node's sections under its name; a paragraph that several nodes have stands once, behind them. */
function blocksOf(reports: readonly Report[]): { readonly own: readonly Block[]; readonly shared: readonly Block[] } {
  const paragraphs = reports.flatMap(({ blocks }) => [...new Map(blocks.map((block) => [paragraphOf(block), block]))]);
  const alike = Map.groupBy(paragraphs, ([text]) => text);
  const isShared = (block: Block) => block.kind === 'paragraph' && (alike.get(paragraphOf(block))?.length ?? 0) > 1;
  return {
    own: reports.flatMap(({ meta, blocks }): readonly Block[] => {
      const node = String(meta.node ?? '');
      const sections = blocks.filter((block) => block.kind !== 'findings' && !isShared(block));
      return [
        { kind: 'heading', text: node },
        ...sections.map((block) => (block.kind === 'heading' ? { ...block, text: `${block.text} on ${node}` } : block)),
      ];
    }),
    shared: [...alike.values()].flatMap(([first]) => (first !== undefined && isShared(first[1]) ? [first[1]] : [])),
  };
}

function paragraphOf(block: Block): string | undefined {
  return block.kind === 'paragraph' ? JSON.stringify(block.text) : undefined;
}
