// `graph`: the picture of one target, or of the node's base chains where none is named.
import type { Meta, Report } from '../report/report.ts';
import { chainGraphOf } from './chain-picture.ts';
import { nodeFindings } from './checks/index.ts';
import { graphOf } from './graph.ts';
import { metaOf, type NodeView } from './node-view.ts';
import { portStates } from './port-state.ts';
import { resolveTarget } from './resolve.ts';
import type { Target } from './target.ts';

/** Throws UsageError where nothing has the name. */
export function graph(view: NodeView, text: string | undefined, target: Target | undefined, meta: Meta): Report {
  const picture = target === undefined ? chainGraphOf(view) : targetPicture(view, text ?? '', target);
  return {
    kind: 'Graph',
    meta: metaOf(view, meta),
    data: { target: text ?? '', nodes: picture.nodes, edges: picture.edges },
    findings: nodeFindings(view),
    blocks: [],
    graph: picture,
  };
}

function targetPicture(view: NodeView, text: string, target: Target) {
  const subject = resolveTarget(view, target, portStates(view));
  if (subject.kind === 'chain' && subject.states.length === 0)
    return chainGraphOf(view, subject.family, subject.chain.table, subject.chain.name);
  return graphOf(subject.states, text);
}
