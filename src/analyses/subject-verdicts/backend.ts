// A backend's address that no pod among the objects has: whose backend, and whether it is stale.
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { Subject } from '../resolve/subject.ts';
import type { Verdict } from '../verdict-words.ts';
import { listing, onNode } from '../words.ts';

export function backendVerdict(view: NodeView, { text, states }: Extract<Subject, { kind: 'backend' }>): Verdict {
  const address = text.replace(/^\[?([^\]]*?)\]?(?::\d+)?(?:\/\w+)?$/, '$1');
  const mine = states.flatMap(({ name, backends }) =>
    backends.filter((each) => text.includes(each.address)).map((backend) => ({ name, backend })),
  );
  const stale = mine.filter(({ backend }) => backend.unwanted !== undefined);
  const ports = listing([...new Set(mine.map(({ name }) => portText(name)))]);
  if (stale.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${address} is a stale backend of ${ports} ${onNode(view)}: ${stale[0]?.backend.unwanted}`,
    };
  }
  const nobodys = view.cluster === undefined ? '' : '; no pod among the objects has this address';
  return {
    state: 'reachable',
    cause: 'none',
    sentence: `${address} is a backend of ${ports} ${onNode(view)}${nobodys}`,
  };
}
