// The walk as a person tells it: who sends what to whom and where that ends, what is rewritten on the way, who else would
// have had the packet, whether the answer comes back, and what would decide where something is open.
import { podAt } from '../../cluster/cluster-index.ts';
import { type Fraction, isOne, isZero } from '../../netfilter/fraction.ts';
import type { RuleRef } from '../../netfilter/ruleset.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';
import type { Tone } from '../../report/report.ts';
import type { NodeView } from '../node-view.ts';
import { count, listing, onNode, percent, sum } from '../words.ts';
import { destinationText, endpointText } from './ending-text.ts';
import { replySentence } from './reply-sentence.ts';
import type { Receiver } from './resolve-to.ts';
import { rivalSentence } from './rival-sentence.ts';
import { type RuleTexts, ruleTexts } from './rule-texts.ts';
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

/** By which rules the ends of the packet change. */
function rewriting(
  view: NodeView,
  outcomes: readonly Outcome[],
  texts: RuleTexts,
  receiver: Receiver,
): readonly string[] {
  const destination = rewritesOf(outcomes, 'destination');
  const source = rewritesOf(outcomes, 'source');
  const [own] = outcomes;
  const before = own?.steps().find((step) => step.kind === 'rewrite' && step.end === 'destination');
  const sentences: string[] = [];
  if (destination.length === 0) sentences.push('No rule rewrites its destination.');
  else if (before?.kind === 'rewrite') {
    const entry = entryOf(own, texts, receiver);
    const chosen = new Set(destination.map(({ rule }) => rule.line)).size;
    const whose = entry === undefined ? '' : ` ${placed(entry)} takes it${whoseRule(view, entry, texts)}`;
    const random =
      chosen > 1
        ? `, and one of ${count(chosen, 'rule')} (the first is ${placed(destination[0]?.rule)})`
        : `, and ${placed(destination[0]?.rule)}`;
    sentences.push(
      `Its destination is rewritten:${whose}${random} writes ${endpointText(before.to.address, before.to.port)}${chosen > 1 ? ' or another' : ''}.`,
    );
  }
  const kept = outcomes.filter(
    (each) => !each.steps().some((step) => step.kind === 'rewrite' && step.end === 'source'),
  );
  const passed = outcomes.filter(({ fate }) => fate === 'accepted' || fate === 'undetermined');
  if (passed.length > 0) {
    if (source.length === 0) sentences.push('Its source stays as it is: the receiver sees who sent it.');
    else {
      const to = [...new Set(source.map(({ to: now }) => now || 'an address of the node'))];
      const some =
        kept.length > 0
          ? ` for ${percent(sum(outcomes.filter((each) => !kept.includes(each)).flatMap(({ probability }) => probability ?? [])))} of the packets`
          : '';
      sentences.push(
        `Its source becomes ${listing(to)}${some}, by ${placed(source[0]?.rule)}: the receiver does not see who sent it.`,
      );
    }
  }
  return sentences;
}

interface Rewrite {
  readonly rule: RuleRef;
  readonly to: string;
}

function rewritesOf(outcomes: readonly Outcome[], end: 'source' | 'destination'): readonly Rewrite[] {
  const found = new Map<string, Rewrite>();
  for (const { steps } of outcomes) {
    for (const step of steps()) {
      if (step.kind !== 'rewrite' || step.end !== end || step.rule === undefined) continue;
      const to = endpointText(step.to.address, end === 'source' ? undefined : step.to.port);
      found.set(`${step.rule.line} ${to}`, { rule: step.rule, to });
    }
  }
  return [...found.values()];
}

/** The rule that names the address or port that was asked for: the last one before the first choice or translation. */
function entryOf(outcome: Outcome | undefined, texts: RuleTexts, { address, port }: Receiver): RuleRef | undefined {
  const rules: RuleRef[] = [];
  for (const step of outcome?.steps() ?? []) {
    if (step.kind === 'table') {
      rules.length = 0;
    } else if (step.kind === 'rewrite' && step.end === 'destination') break;
    else if (step.kind === 'enter') rules.push(step.rule);
    else if (step.kind === 'leave') rules.pop();
  }
  const names = (ref: RuleRef) => {
    const words = (texts.ruleOf(ref, 0)?.text ?? '').split(' ');
    return words.includes(`${address}/${address.includes(':') ? 128 : 32}`) || words.includes(String(port));
  };
  return rules.findLast(names) ?? rules[1] ?? rules[0];
}

function whoseRule(view: NodeView, ref: RuleRef, texts: RuleTexts): string {
  const ours = view.installed.chainRole(ref.table, ref.chain) !== undefined;
  return `${ours ? '' : " (not kube-proxy's)"}${commentOf(ref, texts)}`;
}

/** ` (shop/web:http cluster IP)` */
function commentOf(ref: RuleRef, texts: RuleTexts): string {
  const comment = /--comment (?:"([^"]*)"|(\S+))/.exec(texts.ruleOf(ref, 0)?.text ?? '');
  return comment === null ? '' : ` (${comment[1] ?? comment[2]})`;
}

function placed(ref: RuleRef | undefined): string {
  return ref === undefined ? 'a rule' : `${ref.table}:${ref.line} of ${ref.chain}`;
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
