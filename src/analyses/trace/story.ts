// The walk as a person tells it: who sends what to whom and where that ends, what is rewritten on the way, who else would
// have had the packet, whether the answer comes back, and what would decide where something is open.
import { podAt } from '../../cluster/cluster-index.ts';
import { type Fraction, isOne, isZero } from '../../netfilter/fraction.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';
import type { Tone } from '../../report/report.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode, percent, sum } from '../words.ts';
import { destinationText } from './ending-text.ts';
import { replySentence } from './reply-sentence.ts';
import { rewriting } from './rewriting.ts';
import { rivalSentence } from './rival-sentence.ts';
import { commentOf, placed, type RuleTexts, ruleTexts } from './rule-texts.ts';
import type { Walked } from './walked.ts';
import { wantedFacts } from './wanted-facts.ts';

export interface Story {
  readonly label: string;
  readonly tone: Tone;
  readonly sentence: string;
  readonly sentences: readonly string[];
}

export function story(view: NodeView, walked: Walked): Story {
  const { journey, outcomes, rulesets } = walked;
  const { packet, sender, receiver } = journey;
  const fresh = outcomes.filter(({ probability }) => probability !== undefined);
  const texts = ruleTexts(rulesets);
  const { label, tone } = verdictOf(fresh);
  const what = packet.protocol === undefined ? 'a packet' : `${packet.protocol}`;
  return {
    label,
    tone,
    sentence: `${what} from ${sender.text} to ${receiver.text} ${whereItEnds(view, fresh, texts)}`,
    sentences: [
      ...entering(view, walked),
      ...rewriting(view, fresh, texts, receiver),
      ...leaving(view, fresh, walked),
      ...rivalSentence(view, walked, texts),
      ...replySentence(view, walked),
      ...seenBefore(view, outcomes),
      ...undecided(fresh, walked),
    ],
  };
}

function verdictOf(outcomes: readonly Outcome[]): Pick<Story, 'label' | 'tone'> {
  const fates = new Set(outcomes.map(({ fate }) => fate));
  const [only = 'undetermined'] = fates;
  if (fates.size > 1) return { label: 'MIXED', tone: fates.has('dropped') || fates.has('rejected') ? 'bad' : 'doubt' };
  return { label: only.toUpperCase(), tone: only === 'accepted' ? 'good' : only === 'undetermined' ? 'doubt' : 'bad' };
}

function whereItEnds(view: NodeView, outcomes: readonly Outcome[], texts: RuleTexts): string {
  const parts = (['accepted', 'dropped', 'rejected', 'undetermined'] as const).flatMap((fate) => {
    const group = outcomes.filter((each) => each.fate === fate);
    return group.length === 0 ? [] : [endOf(view, fate, group, outcomes.length > group.length, texts)];
  });
  return parts.join('; ');
}

function endOf(
  view: NodeView,
  fate: Ending['fate'],
  group: readonly Outcome[],
  partly: boolean,
  texts: RuleTexts,
): string {
  const share = sum(group.flatMap(({ probability }) => (probability === undefined ? [] : [probability])));
  const of = partly ? ` (${percent(share)})` : '';
  if (fate === 'accepted') return `reaches ${destinations(view, group)}${of}`;
  if (fate === 'undetermined') {
    const known = group.filter(({ destination }) => destination !== undefined);
    const where = known.length < group.length ? 'somewhere' : destinations(view, group);
    return `would reach ${where}${of}, but whether it does is not decided here`;
  }
  const reasons = [...new Set(group.map(({ reason }) => reason ?? ''))];
  const rules = new Map(group.flatMap(({ rule }) => (rule === undefined ? [] : [[rule.line, rule] as const])));
  const by = [...rules.values()].map((rule) => `${placed(rule)}${commentOf(rule, texts)}`);
  return `is ${fate}${of}: ${listing(reasons)}${by.length === 0 ? '' : ` by ${listing(by)}`}`;
}

/** `one of 3 backends, 33.3 % each: ...`; unequal ones with a share each. */
function destinations(view: NodeView, group: readonly Outcome[]): string {
  const shares = sharesBy(group, (each) => destinationText(each));
  const [first, ...others] = shares;
  if (first === undefined) return 'nobody';
  if (others.length === 0) return nameOf(view, group[0], first.text);
  const same = shares.every(({ share }) => percent(share) === percent(first.share));
  const list = listing(
    shares.map(({ text, share }) => (same ? text : `${text} (${percent(share)})`)),
    6,
  );
  return same
    ? `one of ${count(shares.length, 'backend')}, ${percent(first.share)} each: ${list}`
    : `one of ${count(shares.length, 'backend')}: ${list}`;
}

function nameOf({ cluster, name: own }: NodeView, ending: Ending | undefined, text: string): string {
  if (ending?.delivered === 'local') return `the node itself at ${text}`;
  const address = ending?.destination;
  const pod = address === undefined ? undefined : cluster && podAt(cluster.index, address);
  if (pod !== undefined)
    return `${text} (pod ${pod.namespace}/${pod.name}${pod.node === own || pod.node === undefined ? '' : ` on ${pod.node}`})`;
  return text;
}

interface Shared {
  readonly text: string;
  readonly share: Fraction;
}

/** In the order of the outcomes. */
function sharesBy(outcomes: readonly Outcome[], textOf: (outcome: Outcome) => string): readonly Shared[] {
  const groups = Map.groupBy(outcomes, textOf);
  return [...groups].map(([text, members]) => ({
    text,
    share: sum(members.flatMap(({ probability }) => (probability === undefined ? [] : [probability]))),
  }));
}

function entering(view: NodeView, { journey: { packet, sender } }: Walked): readonly string[] {
  if (sender.kind === 'own') return [`It is made by a process ${onNode(view)} and begins in OUTPUT.`];
  const by = packet.inInterface === undefined ? 'by an interface that is not known' : `by ${packet.inInterface}`;
  return [`It comes in ${onNode(view)} ${by}.`];
}

function leaving(view: NodeView, outcomes: readonly Outcome[], { journey }: Walked): readonly string[] {
  const gone = outcomes.filter(({ delivered }) => delivered === 'out');
  if (gone.length === 0) return [];
  const ways = sharesBy(gone, (each) => wayOut(view, each));
  const all = sum(ways.map(({ share }) => share));
  const list = ways.map(({ text, share }) => (ways.length === 1 && isOne(all) ? text : `${text} (${percent(share)})`));
  const beyond = gone.some((each) => nextNode(view, each) !== undefined)
    ? ': what another node does is not walked'
    : '';
  const none = isZero(all) || journey.packet.destination === undefined;
  return none ? [] : [`It leaves ${listing(list)}${beyond}.`];
}

function wayOut(view: NodeView, ending: Ending): string {
  const { interface: name, end } = ending;
  const by = name === undefined ? 'by an interface that is not known' : `by ${name}`;
  const next = nextNode(view, ending);
  const gateway = end.state.out?.gateway;
  return `${by}${next !== undefined ? ` for ${next}` : gateway === undefined ? '' : ` via ${gateway}`}`;
}

/** Another node of the cluster that the packet is sent to, or whose pod it is for. */
function nextNode({ cluster, name }: NodeView, { destination, end }: Ending): string | undefined {
  if (cluster === undefined || destination === undefined) return undefined;
  const gateway = end.state.out?.gateway;
  const node =
    podAt(cluster.index, destination)?.node ??
    cluster.index.nodesByAddress.get(destination)?.name ??
    (gateway === undefined ? undefined : cluster.index.nodesByAddress.get(gateway)?.name);
  return node === name ? undefined : node;
}

function seenBefore(view: NodeView, outcomes: readonly Outcome[]): readonly string[] {
  const seen = outcomes.filter(({ probability }) => probability === undefined);
  if (seen.length === 0) return [];
  const where = [...new Set(seen.map((each) => (each.fate === 'accepted' ? destinationText(each) : each.fate)))];
  return [
    `A client that was seen before (session affinity) stays where it was: ${listing(where, 6)}; the shares are those of a new client ${onNode(view)}.`,
  ];
}

function undecided(outcomes: readonly Outcome[], { journey: { packet } }: Walked): readonly string[] {
  const facts = outcomes.flatMap(
    ({ open, fate, reason }) => open?.facts ?? (fate === 'undetermined' && reason !== undefined ? [reason] : []),
  );
  const wanted = wantedFacts(facts, packet.family).map(({ fact, command }) => `${fact} (\`${command}\`)`);
  if (wanted.length === 0) return [];
  return [`Not decided until it is known: ${listing(wanted, 6)}.`];
}
