// An address that the API gives a service port and that has no rules here: by design, or since its family was not given.
import { portText } from '../checks/check.ts';
import type { Subject } from '../resolve/subject.ts';
import type { Verdict } from '../verdict-words.ts';

/** The API has the address; rules of this node's are none of its business, or were not given. */
export function passedOnVerdict({ text, port, why }: Extract<Subject, { kind: 'passed-on' }>): Verdict {
  const whose = portText(port.name);
  if (why === 'family') {
    const flag = port.family === 'IPv6' ? '--rules6' : '--rules';
    return {
      state: 'unknown',
      cause: 'none',
      sentence: `${text} is an address of ${whose}, and no ${port.family} rules were given: add ${flag}`,
    };
  }
  return {
    state: 'by-design',
    cause: 'none',
    sentence: `${text} is a load balancer IP of ${whose} with ipMode Proxy: kube-proxy writes no rules for it, so that its traffic passes through the load balancer`,
  };
}
