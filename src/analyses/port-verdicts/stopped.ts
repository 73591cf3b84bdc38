// Connections that kube-proxy's rules lead to a backend and that others stop on their way, and connections that never come
// to its rules since nobody tracks them.

import { isOne } from '../../netfilter/fraction.ts';
import type { Frontend } from '../../proxiers/dispatch.ts';
import { portText } from '../checks/check.ts';
import { codeOf, what } from '../checks/stopped.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Verdict, VerdictCause } from '../verdict-words.ts';
import type { Obstacle } from '../walks/obstacle.ts';
import { clientOf } from '../walks/traffic.ts';
import { walkWay } from '../walks/way-walk.ts';
import { onNode, percent, wayName } from '../words.ts';
import { ruleText } from './rule-text.ts';

export function stopped(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  const walked = walkWay(view, state, main);
  const way = `${wayName(main)} of ${portText(state.name)}`;
  if (walked?.untracked !== undefined) {
    const { rule, delivered } = walked.untracked;
    const why = `${ruleText(rule)} keeps them from connection tracking, so that kube-proxy's rules are never asked`;
    if (delivered === 'out') {
      const sentence = `connections to ${way} leave ${nodeName(view)} as they are and get no answer: ${why}, and the node has no such address`;
      return { state: 'unreachable', cause: 'foreign-rule', sentence };
    }
    const condition = delivered === 'local' ? '' : ', if it has that address';
    const sentence = `connections to ${way} are answered ${onNode(view)} by a cache of the node itself (NodeLocal DNSCache)${condition}: ${why}`;
    return { state: 'by-design', cause: 'foreign-rule', sentence };
  }
  const [obstacle] = walked?.obstacles ?? [];
  if (obstacle !== undefined) {
    const whole = isOne(obstacle.share);
    // Clients that are reached by the interface their packets come in by are well.
    const all = whole && codeOf(obstacle) !== 'KPR405';
    const some = whole ? 'connections' : `${percent(obstacle.share)} of new connections`;
    return {
      state: all ? 'unreachable' : 'degraded',
      cause: causeOf(obstacle),
      sentence: `kube-proxy's rules for ${portText(state.name)} are there, and ${some} from ${clientOf(main)} to ${wayName(main)} are ${fateOf(view, obstacle)}`,
    };
  }
  const [perhaps] = walked?.perhaps ?? [];
  if (perhaps === undefined) return undefined;
  return {
    state: 'unknown',
    cause: 'foreign-rule',
    sentence: `whether connections to ${way} reach its backends ${onNode(view)} depends on which backend of iptables the kernel asks first: by the other one than kube-proxy's they are ${fateOf(view, perhaps)}`,
  };
}

/** The sentence of a service port whose other ways in are barred. */
export function otherWayStopped(view: NodeView, state: PortState, main: Frontend): Verdict | undefined {
  for (const frontend of state.frontends) {
    const [obstacle] = frontend === main ? [] : (walkWay(view, state, frontend)?.obstacles ?? []);
    if (obstacle === undefined) continue;
    return {
      state: 'degraded',
      cause: causeOf(obstacle),
      sentence: `${portText(state.name)} is reachable at its ${wayName(main)} ${onNode(view)}, but connections from ${clientOf(frontend)} to ${wayName(frontend)} are ${fateOf(view, obstacle)}`,
    };
  }
  return undefined;
}

function fateOf(view: NodeView, obstacle: Obstacle): string {
  const { by } = obstacle;
  switch (by.kind) {
    case 'rule':
      return `${by.rejects ? 'refused' : 'dropped'} ${onNode(view)} by ${what(obstacle)}, which is not kube-proxy's: ${by.rule.text}`;
    case 'astray':
      return `sent to ${by.to}, which is no backend of it, by ${what(obstacle)} there`;
    case 'policy':
      return `dropped ${onNode(view)} by ${what(obstacle)}: no rule accepts them before`;
    case 'node':
      return `dropped ${onNode(view)}: ${by.reason}`;
    default:
      return by satisfies never;
  }
}

function causeOf({ by }: Obstacle): VerdictCause {
  return by.kind === 'node' ? 'node' : 'foreign-rule';
}

function nodeName({ name }: NodeView): string {
  return name === '' ? 'this node' : name;
}
