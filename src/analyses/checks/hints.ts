// KPR108: topology hints: what they did on this node, or why they were not used.
import type { HintUse } from '../../proxiers/topology.ts';
import { onNode } from '../words.ts';
import { type Check, portSubject, portText, raise } from './check.ts';

export const hints: Check = {
  about: 'service-port',
  of: 'api',
  codes: ['KPR108'],
  run: (view, group) => {
    for (const { name, wanted, endpoints } of group) {
      const [first] = wanted;
      // What the possible releases disagree on is not said.
      if (first === undefined || wanted.some((each) => each.hints.kind !== first.hints.kind)) continue;
      const said = sentence(first.hints, endpoints.length - (first.cluster?.length ?? 0));
      if (said === undefined) continue;
      const evidence = endpoints.slice(0, 6).map(({ id, slice, zoneHints, nodeHints }) => ({
        kind: 'object' as const,
        object: `EndpointSlice ${name.namespace}/${slice}`,
        says: `${id}: hints ${[...zoneHints, ...nodeHints].join(', ') || 'none'}`,
      }));
      return [
        raise('KPR108', view, {
          subject: portSubject(name),
          message: `${portText(name)} ${onNode(view)}: ${said}`,
          evidence,
        }),
      ];
    }
    return [];
  },
};

function sentence(use: HintUse, left: number): string | undefined {
  switch (use.kind) {
    case 'zone':
      return left === 0
        ? undefined
        : `topology hints keep traffic in zone ${use.zone}: ${left} of its endpoints get none from here`;
    case 'node':
      return left === 0
        ? undefined
        : `topology hints keep traffic on the node: ${left} of its endpoints get none from here`;
    case 'ignored':
      return reasons[use.because];
    default:
      return undefined;
  }
}

const reasons = {
  'some-without-hint': 'topology hints are ignored, since not every ready endpoint has one',
  'none-for-this-node': 'topology hints are ignored, since none is for this node’s zone',
  'no-annotation': 'topology hints are ignored, since the Service lacks the annotation that this release asks for',
  'no-zone': 'topology hints are ignored, since the node’s zone is not known',
} as const;
