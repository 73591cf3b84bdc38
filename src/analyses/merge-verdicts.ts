// One verdict for several nodes: the gravest decides, and how many share it tells whose fault it is. What fails on every
// node alike is what all of them are told; what fails on one is that node's own.
import type { Finding } from '../report/finding.ts';
import type { NodeAnswers } from './unreadable.ts';
import type { Verdict, VerdictState } from './verdict-words.ts';
import { count, listing } from './words.ts';

/** What one node says of the target. */
export interface NodeVerdict {
  readonly node: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** `target` is as it was typed; `well` is what it is said to be where nothing is wrong with it. */
export function mergedVerdict(
  target: string,
  nodes: readonly NodeVerdict[],
  { unreadable, absent }: Pick<NodeAnswers<never>, 'unreadable' | 'absent'>,
  well: 'reachable' | 'there',
): Verdict {
  const words = { ...fates, reachable: well };
  const all = nodes.length + unreadable.length + absent.length;
  const groups = gravest.flatMap((state) => {
    const group = nodes.filter(({ verdict }) => verdict.state === state);
    return group.length === 0 ? [] : [group];
  });
  const [worst = [], ...others] = groups;
  const [first] = worst;
  const apart = [
    ...(absent.length === 0 ? [] : [`${listing(absent.map(({ node }) => node))} ${have(absent)} nothing of that name`]),
    ...unreadable.map(({ node, reason }) => `${node} could not be read: ${reason}`),
  ];
  if (first === undefined) {
    const head = `nothing is known of ${target} on ${count(all, 'node')}`;
    return { state: 'unknown', cause: 'node', sentence: [head, ...apart].join('; ') };
  }
  const { state } = first.verdict;
  const share = worst.length === all ? count(all, 'node') : `${worst.length} of ${count(all, 'node')}`;
  const names = worst.length === 1 ? '' : ` (${listing(worst.map(({ node }) => node))})`;
  const how =
    state === 'reachable' && well === 'reachable'
      ? worst.length === 1
        ? `: ${first.node}`
        : ''
      : `: ${saying(worst)}`;
  const sentence = [
    `${target} is ${words[state]} on ${share}${names}${how}`,
    ...others.map((group) => `${words[group[0]?.verdict.state ?? 'unknown']} on ${listing(namesOf(group))}`),
    ...pointing(worst, others, all),
    ...apart,
  ].join('; ');
  // A fault that was seen stands; that nothing is wrong cannot be said of nodes that were not read.
  return unreadable.length > 0 && isGood(state)
    ? { state: 'unknown', cause: 'node', sentence }
    : { state, cause: first.verdict.cause, sentence };
}

/** As with exit codes, a fault that was seen comes before what is not known. */
const gravest: readonly VerdictState[] = ['unreachable', 'degraded', 'unknown', 'by-design', 'reachable'];

const fates: Readonly<Record<Exclude<VerdictState, 'reachable'>, string>> = {
  unreachable: 'unreachable',
  degraded: 'degraded',
  unknown: 'not decided',
  'by-design': 'as designed',
};

function isGood(state: VerdictState): boolean {
  return state === 'reachable' || state === 'by-design';
}

function have({ length }: readonly unknown[]): string {
  return length === 1 ? 'has' : 'have';
}

function namesOf(group: readonly NodeVerdict[]): readonly string[] {
  return group.map(({ node }) => node);
}

/** The first node's own sentence, which stands for the others; where causes differ, theirs are named. */
function saying([first, ...others]: readonly NodeVerdict[]): string {
  if (first === undefined) return '';
  const { cause, sentence } = first.verdict;
  const unlike = others.filter(({ verdict }) => verdict.cause !== cause);
  const tail = [...Map.groupBy(unlike, ({ verdict }) => verdict.cause)].map(
    ([other, group]) => `; on ${listing(namesOf(group))} the cause is ${other}`,
  );
  return `${first.node}: ${sentence}${tail.join('')}`;
}

/** Where a fault of kube-proxy's points to. Of nodes that were not judged nothing follows. */
function pointing(
  worst: readonly NodeVerdict[],
  others: readonly (readonly NodeVerdict[])[],
  all: number,
): readonly string[] {
  const blamed = worst.filter(({ verdict }) => verdict.cause === 'kube-proxy');
  if (blamed.length === 0 || blamed.length < worst.length) return [];
  if (blamed.length === all && all > 1 && new Set(blamed.map(faultOf)).size === 1) {
    return [
      'the same fault on every node points to what all of them are told, the API server or the controller that writes the objects, rather than to one kube-proxy',
    ];
  }
  if (!others.flat().some(({ verdict }) => isGood(verdict.state))) return [];
  return [`this points to the kube-proxy of ${listing(namesOf(blamed))}`];
}

/** What is wrong, without where. */
function faultOf({ verdict, findings }: NodeVerdict): string {
  const found = findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, subject: { namespace, name, port, protocol } }) => [code, namespace, name, port, protocol].join(' '));
  return [verdict.state, verdict.cause, ...new Set(found.sort())].join('\0');
}
