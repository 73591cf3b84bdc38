// The walk as a picture: the hooks and chains that the packet comes through, and where it ends.

import { type Fraction, isOne, plus } from '../../netfilter/fraction.ts';
import type { Step } from '../../netfilter/step.ts';
import type { Outcome } from '../../netfilter/trace.ts';
import type { Graph, GraphEdge, GraphNode, Tone } from '../../report/report.ts';
import { percent } from '../words.ts';
import { destinationText, endpointText } from './ending-text.ts';
import type { Walked } from './walked.ts';

/** A picture of more than this many ends is cut, and says so. */
const mostEnds = 24;

export function pictureOf({ journey, outcomes }: Walked): Graph {
  const title = `${journey.sender.text} to ${journey.receiver.text}`;
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge & { readonly share: Fraction | undefined }>();
  const root: GraphNode = { id: 'sender', label: [journey.sender.text], shape: 'frontend', tone: 'strong' };
  nodes.set(root.id, root);
  for (const outcome of outcomes.slice(0, mostEnds)) {
    const way = [...placesOf(outcome), endOf(outcome)];
    let last = root;
    for (const { node, label } of way) {
      nodes.set(node.id, nodes.get(node.id) ?? node);
      const key = `${last.id}\0${node.id}`;
      const before = edges.get(key);
      const share =
        before?.share === undefined
          ? outcome.probability
          : outcome.probability && plus(before.share, outcome.probability);
      edges.set(key, {
        from: last.id,
        to: node.id,
        label: before?.label || label,
        tone: node.tone === 'bad' ? 'bad' : 'plain',
        share,
      });
      last = node;
    }
  }
  const rest = outcomes.length - mostEnds;
  if (rest > 0) nodes.set('rest', { id: 'rest', label: [`${rest} more ends`], shape: 'verdict', tone: 'quiet' });
  const shown = [...edges.values()].map(({ share, label, ...edge }) => ({ ...edge, label: labelOf(label, share) }));
  return { title, nodes: [...nodes.values()], edges: shown };
}

function labelOf(label: string, share: Fraction | undefined): string {
  const part = share === undefined ? 'seen before' : isOne(share) ? '' : percent(share);
  return [label, part].filter((each) => each !== '').join(' ');
}

interface Stop {
  readonly node: GraphNode;
  /** Of the edge that leads there. */
  readonly label: string;
}

/** Hooks, and the chains entered that did something: whose rules rewrite, mark or stop. */
function placesOf({ steps }: Outcome): readonly Stop[] {
  const stops: Stop[] = [];
  let hook = '';
  let looped = '';
  let chains: { readonly chain: string; readonly label: string }[] = [];
  let label = '';
  const flush = () => {
    for (const each of chains) {
      const id = `chain ${hook} ${each.chain}`;
      stops.push({ node: { id, label: [each.chain], shape: 'chain', tone: 'plain' }, label: each.label });
    }
    chains = [];
  };
  for (const step of steps()) {
    if (step.kind === 'hook') {
      looped = stops.some(({ node }) => node.label[0] === step.hook) ? ' again' : '';
      hook = `${step.hook}${looped}`;
      stops.push({ node: { id: `hook ${hook}`, label: [step.hook], shape: 'hook', tone: 'plain' }, label });
      label = '';
    } else if (step.kind === 'enter') chains.push({ chain: step.chain, label: `${step.rule.table}:${step.rule.line}` });
    else if (step.kind === 'leave') chains = chains.filter(({ chain }) => chain !== step.chain);
    else if (step.kind === 'table') chains = [];
    else if (step.kind === 'rewrite') {
      flush();
      label = rewriteText(step);
    } else if (step.kind === 'routing') label = [label, step.interface ?? ''].filter((each) => each !== '').join(', ');
    else if (step.kind === 'verdict' && step.verdict !== 'ACCEPT') flush();
  }
  return stops;
}

function rewriteText({ end, to }: Extract<Step, { kind: 'rewrite' }>): string {
  const now = endpointText(to.address, end === 'source' ? undefined : to.port);
  return `${end === 'source' ? 'SNAT' : 'DNAT'} ${now === '' ? 'to the node' : now}`;
}

const tones: Readonly<Record<Outcome['fate'], Tone>> = {
  accepted: 'good',
  dropped: 'bad',
  rejected: 'bad',
  undetermined: 'doubt',
};

function endOf(outcome: Outcome): Stop {
  const { fate, interface: name, delivered, reason } = outcome;
  const at = destinationText(outcome);
  const how = delivered === 'local' ? 'the node itself' : name === undefined ? (reason ?? '') : `by ${name}`;
  const label = [at === '' ? fate : at, ...(at === '' ? [] : [fate]), how].filter((each) => each !== '');
  return {
    node: {
      id: `end ${fate} ${at} ${how}`,
      label,
      shape: delivered === 'out' ? 'backend' : 'verdict',
      tone: tones[fate],
    },
    label: '',
  };
}
