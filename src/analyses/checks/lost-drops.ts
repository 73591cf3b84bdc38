// KPR310: KUBE-MARK-DROP and KUBE-FIREWALL without each other: what is to be dropped is not.
import type { LostDrop } from '../../proxiers/proxier.ts';
import { listing, onNode, place, ruleEvidence } from '../words.ts';
import { type NodeCheck, nodeSubject, raise } from './check.ts';

export const lostDrops: NodeCheck = {
  about: 'node',
  codes: ['KPR310'],
  run: (view) =>
    view.installed.remains().lostDrops.map(({ kind, jumps }) =>
      raise('KPR310', view, {
        subject: nodeSubject(view),
        message: says[kind](
          `${listing([...new Set(jumps.map(({ ref }) => `${ref.table}/${ref.chain}`))])} ${onNode(view)}`,
          listing(jumps.map(place)),
        ),
        evidence: jumps.slice(0, 4).map(ruleEvidence),
      }),
    ),
};

const says: Readonly<Record<LostDrop['kind'], (chains: string, places: string) => string>> = {
  'no-mark': (chains, places) =>
    `${chains} sends packets to KUBE-MARK-DROP to be dropped (${places}), and that chain is empty: they pass`,
  'no-drop': (chains, places) =>
    `${chains} sends packets to KUBE-MARK-DROP to be dropped (${places}), and no rule of filter drops what it marks: they pass`,
  unhooked: (chains) => `${chains} holds rules that drop, and no built-in chain leads there: nothing is dropped`,
};
