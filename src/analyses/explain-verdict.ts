// The verdict for each kind of target. The first line must answer what was asked: whose is it, where does it lead.
import type { NodeView } from './node-view.ts';
import type { Subject } from './resolve/subject.ts';
import { backendVerdict } from './subject-verdicts/backend.ts';
import { chainVerdict } from './subject-verdicts/chain.ts';
import { nobodyVerdict } from './subject-verdicts/nobody.ts';
import { nodeVerdict } from './subject-verdicts/node.ts';
import { passedOnVerdict } from './subject-verdicts/passed-on.ts';
import { podVerdict } from './subject-verdicts/pod.ts';
import { wayVerdict } from './subject-verdicts/way.ts';
import { distrust, leftoverVerdict, serviceVerdict } from './verdict.ts';
import type { Verdict } from './verdict-words.ts';

export function verdictOf(view: NodeView, subject: Subject): Verdict {
  // The API alone tells this one; all others rest on the text of the rules.
  if (subject.kind === 'passed-on') return passedOnVerdict(view, subject);
  return distrust(view) ?? trustedVerdict(view, subject);
}

function trustedVerdict(view: NodeView, subject: Exclude<Subject, { kind: 'passed-on' }>): Verdict {
  switch (subject.kind) {
    case 'service':
      return subject.service === undefined
        ? leftoverVerdict(view, subject.name, subject.states)
        : serviceVerdict(view, subject.service, subject.states);
    case 'way':
      return wayVerdict(view, subject);
    case 'pod':
      return podVerdict(view, subject);
    case 'backend':
      return backendVerdict(view, subject);
    case 'node':
      return nodeVerdict(view, subject);
    case 'nobody':
      return nobodyVerdict(view, subject);
    case 'chain':
      return chainVerdict(view, subject);
    default:
      return subject satisfies never;
  }
}
