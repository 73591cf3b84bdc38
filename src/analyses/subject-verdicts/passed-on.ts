// An address that the API gives a service port and that has no rules here: by design, or since its family was not given.
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { Subject } from '../resolve/subject.ts';
import { whyUnread } from '../unread-family.ts';
import type { Verdict } from '../verdict-words.ts';

/** The API has the address; rules of this node's are none of its business, or were not given. */
export function passedOnVerdict(
  { unread }: NodeView,
  { text, port, why }: Extract<Subject, { kind: 'passed-on' }>,
): Verdict {
  const whose = portText(port.name);
  if (why === 'family') {
    const missed = unread.find(({ family }) => family === port.family) ?? { family: port.family, gap: undefined };
    return {
      state: 'unknown',
      cause: missed.gap === undefined ? 'none' : 'node',
      sentence: `${text} ${text.startsWith('node port') ? 'belongs to' : 'is an address of'} ${whose}, and ${whyUnread(missed)}`,
    };
  }
  return {
    state: 'by-design',
    cause: 'none',
    sentence: `${text} is a load balancer IP of ${whose} with ipMode Proxy: kube-proxy writes no rules for it, so that its traffic passes through the load balancer`,
  };
}
