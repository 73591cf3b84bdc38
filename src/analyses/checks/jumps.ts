// KPR305: kube-proxy's chains are there, and nothing leads into them.
import { isTrusted } from '../node-view.ts';
import { onNode } from '../words.ts';
import { type Check, nodeSubject, raise } from './check.ts';

export const jumps: Check = {
  about: 'node',
  codes: ['KPR305'],
  run: (view) =>
    view.dispatches.flatMap(({ family, missingJumps }) =>
      (isTrusted(view, family) ? missingJumps : []).map(({ table, from, to, without }) =>
        raise('KPR305', view, {
          subject: nodeSubject(view),
          severity: without === 'node ports' ? 'warning' : 'critical',
          message: `${table}/${from} has no jump to ${to} ${onNode(view)} (${family}): ${without} do not work`.replace(
            'masquerading do not',
            'masquerading does not',
          ),
          evidence: [{ kind: 'text', line: 0, text: `-A ${from} ... -j ${to}` }],
        }),
      ),
    ),
};
