// The steps of all outcomes as one tree of lines: what all have in common once, a random choice as branches one below
// the other, each with the share of all packets that takes it.
import { type Fraction, isOne, one, times, toNumber } from '../../netfilter/fraction.ts';
import type { RuleRef } from '../../netfilter/ruleset.ts';
import type { Endpoint, Step } from '../../netfilter/step.ts';
import type { Ending } from '../../netfilter/trace.ts';
import { count, percent } from '../words.ts';
import { endpointText } from './ending-text.ts';
import { compact, endsOf, type Fork, forkOf, isChoice, isPassedBy } from './fork.ts';
import type { RuleTexts } from './rule-texts.ts';

/** A line: the rule's place (`nat:120`) or nothing, and what stands there, indented. */
export interface TreeLine {
  readonly place: string;
  readonly text: string;
}

export function stepTree(endings: readonly Ending[], texts: RuleTexts): readonly TreeLine[] {
  return new Printer(texts).print(forkOf(endings));
}

/** Ways of one choice that are written out; the rest is counted. */
const mostWays = 8;

interface Place {
  /** Indentation of hooks. */
  readonly base: number;
  /** That of the hooks to come: deeper behind a choice. */
  readonly inner: number;
  /** Chains entered in the table. */
  readonly depth: number;
  readonly ruleset: number;
  readonly share: Fraction;
}

class Printer {
  readonly #texts: RuleTexts;
  /** What follows a translation, by its lines; and for whom it was written out. */
  readonly #tails = new Map<string, string>();

  constructor(texts: RuleTexts) {
    this.#texts = texts;
  }

  print(fork: Fork): readonly TreeLine[] {
    return this.#fork(fork, { base: 0, inner: 0, depth: 0, ruleset: 0, share: one }, 0);
  }

  #fork(fork: Fork, start: Place, written: number): readonly TreeLine[] {
    const { lines, place } = this.#steps(fork.steps, start);
    if (fork.end !== undefined) return [...lines, ...endLine(fork.end, place)];
    const ways = [...fork.ways.values()].map(compact);
    if (ways.length === 0) return lines;
    const taken = ways.filter((way) => !isPassedBy(way));
    const passed = ways.filter(isPassedBy);
    if (written >= mostWays) {
      const more = ways.reduce((sum, way) => sum + endsOf(way), 0);
      return [...lines, line(place, 2, `... ${count(more, 'more way')} like these: -o json lists all`)];
    }
    const below: Place = { ...place, inner: place.base + place.depth + 3 };
    const branches = taken.flatMap((way) => this.#branch(way, below));
    const rest = passed.flatMap((way) => this.#rest(way, place, below, written + taken.length));
    return [...lines, ...eitherLine(ways, place), ...branches, ...rest];
  }

  /** A rule that is passed by leads to the next choice, or leaves what is left over. */
  #rest(fork: Fork, place: Place, below: Place, written: number): readonly TreeLine[] {
    const [first, ...steps] = fork.steps;
    const share = shareOf(first, place);
    const last = fork.end !== undefined || ![...fork.ways.keys()].some(isChoice);
    if (!last || isOne(share)) return this.#fork({ ...fork, steps }, { ...place, share }, written);
    const head = line(place, 2, `* the other ${percent(share)}${exact(share)}:`);
    return [head, ...this.#branch({ ...fork, steps }, { ...below, share })];
  }

  /** What comes behind the choice stands one deeper, as a walk of its own. */
  #branch(fork: Fork, place: Place): readonly TreeLine[] {
    const lines = this.#fork(fork, { ...place, share: shareOf(fork.steps[0], place) }, 0);
    const at = lines.findLastIndex(({ text }) => /^ *-> the destination /.test(text));
    if (at < 0) return lines;
    const tail = lines.slice(at + 1);
    const key = JSON.stringify(tail);
    const known = this.#tails.get(key);
    const whom = /becomes (.*)$/.exec(lines[at]?.text ?? '')?.[1] ?? '';
    if (known !== undefined && tail.length > 1)
      return [...lines.slice(0, at + 1), line(onward(place), 0, `then as for ${known}`, true)];
    this.#tails.set(key, whom);
    return lines;
  }

  #steps(steps: readonly Step[], start: Place): { readonly lines: readonly TreeLine[]; readonly place: Place } {
    const lines: TreeLine[] = [];
    let place = start;
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at];
      if (step === undefined) continue;
      const rest = steps.slice(at + 1, at + 4);
      const folded = this.#folded(step, rest, place);
      if (folded !== undefined) {
        lines.push(...folded.lines);
        at += folded.more;
        continue;
      }
      lines.push(...this.#line(step, place));
      place = after(step, place);
    }
    return { lines, place };
  }

  /** A table that has no say, and a chain that has none. */
  #folded(step: Step, rest: readonly Step[], place: Place) {
    const [next, third, fourth] = rest;
    if (step.kind === 'table' && next?.kind === 'verdict' && next.rule === undefined && next.verdict === 'ACCEPT') {
      return { lines: [], more: 1 };
    }
    if (step.kind !== 'match' || next?.kind !== 'enter') return undefined;
    const passed = third?.kind === 'skip' ? third.count : 0;
    const last = third?.kind === 'skip' ? fourth : third;
    if (last?.kind !== 'leave' || last.rule !== undefined || last.chain !== next.chain) return undefined;
    const none =
      passed === 0 ? 'it is empty' : passed === 1 ? 'its rule does not fit' : `none of its ${passed} rules fits`;
    return { lines: [this.#rule(step.rule, place, `   # ${none}`)], more: third?.kind === 'skip' ? 3 : 2 };
  }

  #line(step: Step, place: Place): readonly TreeLine[] {
    const say = (text: string) => [line(place, 2, text)];
    switch (step.kind) {
      case 'hook':
        return [line(onward(place), 0, step.hook, true)];
      case 'table':
        return [line(onward(place), 1, step.ruleset === 0 ? step.table : `${step.table} (the other backend)`, true)];
      case 'conntrack':
        return step.state === 'NEW' ? [] : [line(place, 1, `conntrack: ${step.state}`, true)];
      case 'match':
        return [this.#rule(step.rule, place, '')];
      case 'enter':
      case 'leave':
        return [];
      case 'skip':
        return say(`# ${step.count === 1 ? '1 rule does' : `${step.count} rules do`} not fit`);
      case 'branch':
        return branchLine(step, place);
      case 'rewrite':
        return say(`-> the ${step.end} ${ends(step.from, step.to)}`);
      case 'mark':
        return say(`-> the mark of the ${step.of} becomes ${hex(step.to)}`);
      case 'verdict':
        return step.rule === undefined ? say(`policy ${step.verdict}`) : [];
      case 'unknown':
        return say(`? not known: ${step.fact}`);
      case 'routing':
        return step.decision === 'unknown' && step.interface === undefined
          ? []
          : [line(onward(place), 0, routingText(step), true)];
      default:
        return step satisfies never;
    }
  }

  #rule(ref: RuleRef, place: Place, comment: string): TreeLine {
    const text = this.#texts.ruleOf(ref, place.ruleset)?.text ?? `rule ${ref.index} of ${ref.chain}`;
    return { place: `${ref.table}:${ref.line}`, text: indent(place, 2) + text + comment };
  }
}

/** Where the hooks to come stand. */
function onward(place: Place): Place {
  return { ...place, base: place.inner };
}

function after(step: Step, place: Place): Place {
  switch (step.kind) {
    case 'hook':
      return { ...onward(place), depth: 0 };
    case 'table':
      return { ...onward(place), depth: 0, ruleset: step.ruleset };
    case 'enter':
      return { ...place, depth: place.depth + 1 };
    case 'leave':
      return { ...place, depth: Math.max(0, place.depth - 1) };
    default:
      return place;
  }
}

function branchLine(step: Extract<Step, { kind: 'branch' }>, place: Place): readonly TreeLine[] {
  if (step.fact !== undefined)
    return [line(place, 2, `? ${step.taken ? 'if it fits' : 'if it does not fit'} (${step.fact}):`)];
  if (step.client !== undefined) return step.taken ? [line(place, 2, '* a client that was seen before:')] : [];
  if (!step.taken || step.share === undefined) return [];
  return [line(place, 2, `* ${percent(place.share)} of the packets${exact(place.share)}:`)];
}

/** The weight in full where the percentage is not all of it. */
function exact(share: Fraction): string {
  const value = toNumber(share);
  return Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-9 ? '' : ` (${Number(value.toPrecision(10))})`;
}

function shareOf(step: Step | undefined, { share }: Place): Fraction {
  return isChoice(step) && step.share !== undefined ? times(share, step.share) : share;
}

/** Ways that no rule parts: routing does, by a fact that is missing. */
function eitherLine(ways: readonly Fork[], place: Place): readonly TreeLine[] {
  const firsts = ways.map(({ steps: [first] }) => first);
  if (firsts.some((step) => step?.kind === 'branch')) return [];
  const fact = firsts.flatMap((step) => (step?.kind === 'routing' ? (step.reason ?? []) : []))[0];
  return [
    line(
      onward(place),
      0,
      `? one of ${ways.length} ways${fact === undefined ? '' : `, which depends on ${fact}`}`,
      true,
    ),
  ];
}

function endLine(ending: Ending, place: Place): readonly TreeLine[] {
  const { fate, reason, delivered, interface: name } = ending;
  const how = delivered === 'local' ? ': the node itself gets it' : name === undefined ? '' : `: out by ${name}`;
  const why = fate === 'accepted' || reason === undefined ? how : `: ${reason}`;
  return [line(onward(place), 0, `= ${fate}${why}`, true)];
}

function ends(from: Endpoint, to: Endpoint): string {
  const before = endpointText(from.address, from.port);
  if (from.address !== undefined && from.address === to.address && to.port === undefined) {
    return `stays ${from.address}, its port may change`;
  }
  const now = to.address === undefined ? 'an address that is not known' : endpointText(to.address, to.port);
  return `${before === '' ? '' : `${before} `}becomes ${now}`;
}

function hex(mark: number | undefined): string {
  return mark === undefined ? 'unknown' : `0x${mark.toString(16)}`;
}

function routingText(step: Extract<Step, { kind: 'routing' }>): string {
  const via = step.gateway === undefined ? '' : ` via ${step.gateway}`;
  switch (step.decision) {
    case 'local':
      return 'routing: to the node itself';
    case 'out':
      return `routing: out${step.interface === undefined ? '' : ` by ${step.interface}`}${via}`;
    case 'dropped':
      return `routing: dropped, ${step.reason ?? ''}`;
    case 'unknown':
      return `routing: ${step.interface === undefined ? 'not known' : `out by ${step.interface}${via}`}, depends on ${step.reason ?? 'facts that are missing'}`;
    default:
      return step.decision satisfies never;
  }
}

/** `flat` lines stand beside hooks and tables, the others as deep as the chain. */
function line(place: Place, level: number, text: string, flat = false): TreeLine {
  return { place: '', text: (flat ? '  '.repeat(place.base + level) : indent(place, level)) + text };
}

function indent({ base, depth }: Place, level: number): string {
  return '  '.repeat(base + depth + level);
}
