// What certainly stops new connections on their way through the node, kube-proxy's own refusals aside, and what is not
// known of it. A connection is walked in every scene that may be the node's; what holds in all of them is told.
import { type Family, hostPort } from '../../address.ts';
import { type Fraction, isZero, plus, toNumber, zero } from '../../netfilter/fraction.ts';
import type { Hook } from '../../netfilter/hooks.ts';
import type { Packet } from '../../netfilter/packet.ts';
import type { Rule, RuleRef, Ruleset } from '../../netfilter/ruleset.ts';
import { type Ending, type Outcome, trace } from '../../netfilter/trace.ts';
import type { NodeView } from '../node-view.ts';
import { isPolicyChain } from './policy-chains.ts';
import { type Scene, scenesFor } from './scenes.ts';

export interface Obstacle {
  readonly family: Family;
  /** A rule of somebody else's, the policy of a built-in chain, or the node's own routing. */
  readonly by:
    | { readonly kind: 'rule'; readonly rule: Rule; readonly rejects: boolean }
    /** A rule of the other backend of iptables sends it to what is no backend of the service port. */
    | { readonly kind: 'astray'; readonly rule: Rule; readonly to: string }
    | { readonly kind: 'policy'; readonly table: string; readonly chain: string; readonly line: number }
    | { readonly kind: 'node'; readonly reason: string };
  readonly hook: Hook;
  /** Of new connections. */
  readonly share: Fraction;
}

export interface Walked {
  readonly obstacles: readonly Obstacle[];
  /** Those that stop it, or not, as the kernel asks one backend of iptables first or the other: no text tells. */
  readonly perhaps: readonly Obstacle[];
  /** What would decide about the rest; empty where all is known. */
  readonly open: readonly string[];
  /** A rule that keeps the connection from being tracked: then nobody translates it. */
  readonly untracked: { readonly rule: Rule; readonly delivered: 'local' | 'out' | undefined } | undefined;
}

const nothing: Walked = { obstacles: [], perhaps: [], open: [], untracked: undefined };

/**
 * The first packet of a connection: from a pod of this node (`pods`) or from elsewhere. `backends` are the addresses and
 * ports it may end at; without them any will do.
 */
export function walkConnection(view: NodeView, packet: Packet, pods: boolean, backends?: ReadonlySet<string>): Walked {
  const { source, destination, family } = packet;
  if (source === undefined) return nothing;
  const { scenes, unknown } = scenesFor(view, { family, source, destination, pods });
  const walks = scenes.map((scene) => inScene(view, scene, packet, backends));
  const [first, ...others] = walks;
  if (first === undefined) return { ...nothing, open: unknown === undefined ? [] : [unknown] };
  const common = first.obstacles.flatMap((obstacle) => {
    const shares = walks.map(
      ({ obstacles }) => obstacles.find((each) => keyOf(each) === keyOf(obstacle))?.share ?? zero,
    );
    const least = shares.reduce((a, b) => (toNumber(b) < toNumber(a) ? b : a));
    return isZero(least) ? [] : [{ ...obstacle, share: least }];
  });
  const alike = others.every(
    ({ obstacles }) => obstacles.length === first.obstacles.length && common.length === first.obstacles.length,
  );
  const untracked = others.every((each) => each.untracked?.rule.ref.line === first.untracked?.rule.ref.line)
    ? first.untracked
    : undefined;
  const told = new Set(common.map(keyOf));
  const several = scenes.some(({ rulesets }) => rulesets.length > 1);
  const perhaps = unknown === undefined && several ? walks.flatMap(({ obstacles }) => obstacles) : [];
  return {
    obstacles: common,
    perhaps: perhaps.filter((obstacle) => !told.has(keyOf(obstacle))),
    open: [...new Set([...(alike || unknown === undefined ? [] : [unknown]), ...walks.flatMap(({ open }) => open)])],
    untracked: untracked && { ...untracked, delivered: unknown === undefined ? untracked.delivered : undefined },
  };
}

function inScene(
  view: NodeView,
  { facts, inInterface, rulesets }: Scene,
  packet: Packet,
  backends: ReadonlySet<string> | undefined,
): Walked {
  const { outcomes } = trace(rulesets, { ...packet, inInterface }, facts);
  const fresh = outcomes.filter(({ probability }) => probability !== undefined);
  const found = new Map<string, Obstacle>();
  const open: string[] = [];
  for (const outcome of fresh) {
    if (outcome.fate === 'undetermined') {
      open.push(...(outcome.open?.facts ?? [outcome.reason ?? 'a rule that is not understood']));
      continue;
    }
    const obstacle = obstacleOf(view, rulesets, outcome) ?? astray(view, rulesets, outcome, backends);
    if (obstacle === undefined) continue;
    const before = found.get(keyOf(obstacle));
    found.set(keyOf(obstacle), {
      ...obstacle,
      by: before === undefined ? obstacle.by : both(before.by, obstacle.by),
      share: plus(before?.share ?? zero, obstacle.share),
    });
  }
  return { obstacles: [...found.values()], perhaps: [], open, untracked: untrackedOf(rulesets, fresh) };
}

function obstacleOf(view: NodeView, rulesets: readonly Ruleset[], outcome: Outcome): Obstacle | undefined {
  const { fate, rule: ref, reason = '', end, probability: share } = outcome;
  if (share === undefined || (fate !== 'dropped' && fate !== 'rejected')) return undefined;
  const common = { family: end.state.packet.family, hook: end.hook, share };
  const rule = ref && ruleAt(rulesets, ref);
  if (rule !== undefined) {
    const { table, chain } = rule.ref;
    // What kube-proxy refuses it refuses for a reason; what a NetworkPolicy refuses somebody has asked for.
    if (view.installed.chainRole(table, chain) !== undefined || isPolicyChain(chain)) return undefined;
    return { ...common, by: { kind: 'rule', rule, rejects: fate === 'rejected' } };
  }
  if (ref !== undefined) return undefined;
  const chain = /^policy \w+ of (\w+)$/.exec(reason)?.[1];
  if (chain === undefined) return { ...common, by: { kind: 'node', reason } };
  const at = outcome.steps().findLast((step) => step.kind === 'table');
  const table = at?.kind === 'table' ? at.table : 'filter';
  const ruleset = rulesets[at?.kind === 'table' ? at.ruleset : 0];
  const line = ruleset?.tables.find(({ name }) => name === table)?.chain(chain)?.line ?? 0;
  return { ...common, by: { kind: 'policy', table, chain, line } };
}

/** Who takes connections before kube-proxy in its own backend is told by the rules alone. */
function astray(
  { installed }: NodeView,
  rulesets: readonly Ruleset[],
  { fate, destination, destinationPort, end, steps, probability: share }: Outcome,
  backends: ReadonlySet<string> | undefined,
): Obstacle | undefined {
  if (share === undefined || backends === undefined || fate !== 'accepted' || rulesets.length < 2) return undefined;
  if (destination === undefined || destinationPort === undefined) return undefined;
  const to = hostPort(destination, destinationPort);
  if (backends.has(to)) return undefined;
  const step = steps().findLast((each) => each.kind === 'rewrite' && each.end === 'destination');
  const rule = step?.kind === 'rewrite' && step.rule !== undefined ? ruleAt(installed.others, step.rule) : undefined;
  const { family } = end.state.packet;
  return rule && { family, hook: end.hook, share, by: { kind: 'astray', rule, to } };
}

const noRoute = 'no route to ';

/** Several destinations without a route are one cause. */
function both(before: Obstacle['by'], by: Obstacle['by']): Obstacle['by'] {
  if (before.kind !== 'node' || by.kind !== 'node' || before.reason === by.reason) return before;
  return { kind: 'node', reason: `${before.reason}, ${by.reason.slice(noRoute.length)}` };
}

function keyOf({ by, hook }: Obstacle): string {
  switch (by.kind) {
    case 'rule':
      return `${by.rule.ref.table} ${by.rule.ref.line} ${by.rule.text}`;
    case 'astray':
      return by.rule.text;
    case 'policy':
      return `${by.table} ${by.chain}`;
    case 'node':
      return `${hook} ${by.reason.startsWith(noRoute) ? noRoute : by.reason}`;
    default:
      return by satisfies never;
  }
}

/** Which backend's text it is in, its place tells in all but a freak. */
function ruleAt(rulesets: readonly Ruleset[], ref: RuleRef): Rule | undefined {
  for (const { family, tables } of rulesets) {
    if (family !== ref.family) continue;
    const rules = tables
      .find(({ name }) => name === ref.table)
      ?.chain(ref.chain)
      ?.rules();
    const rule = rules?.[ref.index - 1];
    if (rule !== undefined && rule.ref.line === ref.line) return rule;
  }
  return undefined;
}

function untrackedOf(rulesets: readonly Ruleset[], outcomes: readonly Ending[]): Walked['untracked'] {
  const [first] = outcomes;
  if (first === undefined || outcomes.some(({ end }) => end.state.tracking !== 'untracked')) return undefined;
  for (const step of first.steps()) {
    if (step.kind !== 'match' || step.rule.table !== 'raw') continue;
    const rule = ruleAt(rulesets, step.rule);
    if (rule?.target.kind === 'NOTRACK' || rule?.target.kind === 'CT') return { rule, delivered: first.delivered };
  }
  return undefined;
}
