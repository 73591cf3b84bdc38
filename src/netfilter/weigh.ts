// What share of packets comes to which end of a walk. Chance gives exact shares. Where a fact is missing, an end has
// the share that it has whatever the fact is; the rest is open between the ends that remain.
import { complement, type Fraction, isLess, isZero, one, plus, times, zero } from './fraction.ts';
import { behind, type WalkEnd, type WalkNode } from './walk-graph.ts';

/** One end, or several of which missing facts decide. The shares of all add up to exactly 1. */
export interface Share {
  readonly share: Fraction;
  readonly ends: readonly WalkEnd[];
  readonly facts: readonly string[];
}

export interface Shares {
  /** Of a client that no recent list holds, where one is asked. */
  readonly fresh: readonly Share[];
  /** The ends of clients that a list holds; how many those are, no share can say. */
  readonly seen: readonly Omit<Share, 'share'>[];
}

/** `same` names ends that are one and the same to the reader; `join` makes one of them. */
export function weigh(
  root: WalkNode,
  same: (end: WalkEnd) => string,
  join: (one: WalkEnd, other: WalkEnd) => WalkEnd,
): Shares {
  const start = behind(root);
  const weigher = new Weigher(same, join);
  const order = inOrder(start);
  // Last nodes first: what an open node depends on is settled before it.
  for (const node of order.toReversed()) if (node.next?.kind === 'unknown') weigher.settle(node);
  const seen = new Map<string, Share>();
  for (const node of order) {
    if (node.next?.kind !== 'client') continue;
    for (const [key, share] of weigher.from(behind(node.next.seen))) seen.set(key, share);
  }
  return { fresh: [...weigher.from(start).values()], seen: [...seen.values()] };
}

type Weighed = ReadonlyMap<string, Share>;

/** Most facts that one open share names. */
const mostFacts = 12;

class Weigher {
  readonly #same: (end: WalkEnd) => string;
  readonly #join: (one: WalkEnd, other: WalkEnd) => WalkEnd;
  readonly #settled = new Map<WalkNode, Weighed>();

  constructor(same: (end: WalkEnd) => string, join: (one: WalkEnd, other: WalkEnd) => WalkEnd) {
    this.#same = same;
    this.#join = join;
  }

  settle(node: WalkNode): void {
    if (node.next?.kind !== 'unknown') return;
    const { fact, nodes } = node.next;
    this.#settled.set(
      node,
      this.#whatever(
        fact,
        nodes.map((each) => this.from(behind(each))),
      ),
    );
  }

  /** The shares of all ends behind the node. */
  from(start: WalkNode): Weighed {
    const known = this.#settled.get(start);
    if (known !== undefined) return known;
    const shares = new Map<string, Share>();
    const weights = new Map<WalkNode, Fraction>([[start, one]]);
    const give = (node: WalkNode, weight: Fraction) => weights.set(node, plus(weights.get(node) ?? zero, weight));
    for (const node of inOrder(start, isSure)) {
      const weight = weights.get(node) ?? zero;
      const { next } = node;
      switch (next?.kind) {
        case 'end':
          this.#add(shares, this.#same(next.end), { share: weight, ends: [next.end], facts: [] });
          break;
        case 'client':
          give(behind(next.fresh), weight);
          break;
        case 'chance':
          for (const way of next.ways) give(behind(way.node), times(weight, way.share));
          break;
        default:
          for (const [key, each] of this.#settled.get(node) ?? []) {
            this.#add(shares, key, { ...each, share: times(weight, each.share) });
          }
      }
    }
    return shares;
  }

  /** What holds for each of the cases holds; the rest lies between the ends that are left over in some of them. */
  #whatever(fact: string, cases: readonly Weighed[]): Weighed {
    const shares = new Map<string, Share>();
    const left = new Map<string, WalkEnd>();
    const facts = new Set<string>([fact]);
    for (const [key, share] of cases[0] ?? []) {
      const least = cases.map((each) => each.get(key)?.share ?? zero).reduce((a, b) => (isLess(b, a) ? b : a));
      if (isZero(least)) continue;
      const ends = cases.map((each) => each.get(key)?.ends ?? []).reduce((a, b) => this.#joined(a, b));
      shares.set(key, { ...share, ends, share: least });
    }
    const sure = [...shares.values()].map(({ share }) => share).reduce(plus, zero);
    for (const each of cases) {
      for (const [key, share] of each) {
        if (!isLess(shares.get(key)?.share ?? zero, share.share)) continue;
        for (const end of share.ends) {
          const before = left.get(this.#same(end));
          left.set(this.#same(end), before === undefined ? end : this.#join(before, end));
        }
        for (const more of share.facts) if (facts.size < mostFacts) facts.add(more);
      }
    }
    if (left.size > 0) {
      const key = left.size === 1 ? [...left.keys()].join('') : `?${JSON.stringify([...left.keys()].sort())}`;
      const open = { share: complement(sure), ends: [...left.values()], facts: left.size === 1 ? [] : [...facts] };
      this.#add(shares, key, open);
    }
    return shares;
  }

  /** Equal ends that are open for several reasons name them all. */
  #add(shares: Map<string, Share>, key: string, { share, ends, facts }: Share): void {
    const before = shares.get(key);
    if (before === undefined) {
      if (!isZero(share)) shares.set(key, { share, ends, facts });
      return;
    }
    const both = [...new Set([...before.facts, ...facts])].slice(0, mostFacts);
    shares.set(key, { share: plus(before.share, share), ends: this.#joined(before.ends, ends), facts: both });
  }

  #joined(ends: readonly WalkEnd[], others: readonly WalkEnd[]): readonly WalkEnd[] {
    const byName = new Map(others.map((end) => [this.#same(end), end]));
    return ends.map((end) => this.#join(end, byName.get(this.#same(end)) ?? end));
  }
}

function isSure({ next }: WalkNode): boolean {
  return next?.kind !== 'unknown';
}

/** All nodes behind `start`, each before those it leads to. Nodes that `goesOn` refuses are in it, their ways are not. */
function inOrder(start: WalkNode, goesOn: (node: WalkNode) => boolean = () => true): readonly WalkNode[] {
  const done: WalkNode[] = [];
  const met = new Set<WalkNode>([start]);
  // The last way first, so that what is reversed in the end begins with the first.
  const waysFrom = (node: WalkNode) => (goesOn(node) ? waysOf(node, goesOn === isSure).toReversed() : []);
  const path = [{ node: start, ways: waysFrom(start), at: 0 }];
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    const way = last.ways[last.at++];
    if (way === undefined) {
      done.push(last.node);
      path.pop();
    } else if (!met.has(way)) {
      met.add(way);
      path.push({ node: way, ways: waysFrom(way), at: 0 });
    }
  }
  return done.reverse();
}

/** Those of clients that were seen before have no share. */
function waysOf({ next }: WalkNode, onlyShared: boolean): readonly WalkNode[] {
  switch (next?.kind) {
    case 'client':
      return (onlyShared ? [next.fresh] : [next.fresh, next.seen]).map(behind);
    case 'chance':
      return next.ways.map(({ node }) => behind(node));
    case 'unknown':
      return next.nodes.map(behind);
    default:
      return [];
  }
}
