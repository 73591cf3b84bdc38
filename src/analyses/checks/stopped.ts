// KPR308, KPR309, KPR306, KPR405, KPR409: packets for Services that kube-proxy's rules lead to a backend and that others
// stop on their way: a policy, a rule of a host firewall, the node's routing. One finding a cause.

import { isOne } from '../../netfilter/fraction.ts';
import type { FindingCode } from '../../report/catalogue.ts';
import type { Evidence, Finding } from '../../report/finding.ts';
import type { NodeView } from '../node-view.ts';
import type { Obstacle } from '../walks/obstacle.ts';
import { type Traffic, walkTraffic } from '../walks/traffic.ts';
import { listing, onNode, percent, ruleEvidence } from '../words.ts';
import { nodeSubject, raise, type TrafficCheck } from './check.ts';

export const stopped: TrafficCheck = {
  about: 'traffic',
  codes: ['KPR306', 'KPR308', 'KPR309', 'KPR405', 'KPR409'],
  run: (view, asked) => {
    const found = walkTraffic(view, asked).flatMap(({ text, walked }) =>
      walked.obstacles
        .filter(({ by }) => by.kind !== 'astray')
        .map((obstacle) => ({ text: textOf(text, obstacle), obstacle })),
    );
    return [...Map.groupBy(found, ({ obstacle }) => `${obstacle.family} ${what(obstacle)}`).values()].flatMap((group) =>
      findingOf(view, group),
    );
  },
};

/** `filter/FORWARD rule 2 (line 20)`, `the policy DROP of filter/FORWARD (line 5)`. */
export function what({ by }: Obstacle): string {
  switch (by.kind) {
    case 'rule':
    case 'astray': {
      const { table, chain, index, line } = by.rule.ref;
      return `${table}/${chain} rule ${index} (line ${line})`;
    }
    case 'policy':
      return `the policy DROP of ${by.table}/${by.chain} (line ${by.line})`;
    case 'node':
      return by.reason;
    default:
      return by satisfies never;
  }
}

export function codeOf({ by, hook }: Obstacle): FindingCode {
  if (by.kind === 'node') return by.reason.startsWith('rp_filter') ? 'KPR405' : 'KPR409';
  if (by.kind === 'astray') return 'KPR301';
  if (hook !== 'FORWARD' && hook !== 'INPUT') return 'KPR306';
  return by.kind === 'policy' && hook === 'FORWARD' ? 'KPR308' : 'KPR309';
}

function textOf(text: string, { share }: Obstacle): string {
  return isOne(share) ? text : `${percent(share)} of the ${text}`;
}

interface Found {
  readonly text: Traffic['text'];
  readonly obstacle: Obstacle;
}

function findingOf(view: NodeView, group: readonly Found[]): readonly Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const { obstacle } = first;
  const code = codeOf(obstacle);
  // The setting itself is a finding already.
  if (code === 'KPR409' && obstacle.by.kind === 'node' && obstacle.by.reason.includes(' is 0')) return [];
  const { by } = obstacle;
  const verb = by.kind === 'rule' && by.rejects ? 'refused' : 'dropped';
  const family = obstacle.family === 'IPv6' ? ' (IPv6)' : '';
  const cause = by.kind === 'node' ? `: ${by.reason}` : ` by ${what(obstacle)}${family}`;
  return [
    raise(code, view, {
      subject: nodeSubject(view),
      severity: code !== 'KPR405' && group.some(({ obstacle: each }) => isOne(each.share)) ? 'critical' : 'warning',
      message: `${listing([...new Set(group.map(({ text }) => text))])} are ${verb} ${onNode(view)}${cause}`,
      evidence: evidenceOf(obstacle),
    }),
  ];
}

function evidenceOf({ by }: Obstacle): readonly Evidence[] {
  switch (by.kind) {
    case 'rule':
    case 'astray':
      return [ruleEvidence(by.rule)];
    case 'policy':
      return [{ kind: 'text', line: by.line, text: `:${by.chain} DROP` }];
    case 'node':
      return [{ kind: 'text', line: 0, text: by.reason }];
    default:
      return by satisfies never;
  }
}
