// A node's own address: whether it is this node, and what its node ports lead to.
import { portText } from '../checks/check.ts';
import type { NodeView } from '../node-view.ts';
import type { Subject } from '../resolve/subject.ts';
import { worst } from '../verdict.ts';
import type { Verdict } from '../verdict-words.ts';
import { count, listing } from '../words.ts';

export function nodeVerdict(view: NodeView, { name, address, states }: Extract<Subject, { kind: 'node' }>): Verdict {
  if (view.name !== '' && name !== view.name) {
    const ports = [...new Set(states.map((state) => portText(state.name)))];
    const whose = ports.length === 1 ? ` (${ports[0]})` : '';
    return {
      state: 'unknown',
      cause: 'none',
      sentence: `${address} is node ${name}, whose own rules decide about its node ports${whose}: these are the rules of ${view.name}`,
    };
  }
  if (states.length === 0) {
    return {
      state: 'by-design',
      cause: 'none',
      sentence: `${address} is an address of node ${name}, and no Service has a node port there: kube-proxy's rules leave it alone`,
    };
  }
  const open = [...new Set(states.flatMap(({ frontends }) => frontends.flatMap(({ openOn }) => openOn)))];
  if (open.length > 0 && !open.some((each) => address.includes(each))) {
    return {
      state: 'by-design',
      cause: 'none',
      sentence: `${address} is node ${name}, whose node ports are open at ${listing(open)} only: kube-proxy's rules leave this address alone`,
    };
  }
  const [only, ...others] = states;
  if (only !== undefined && others.length === 0) {
    const verdict = worst(view, states);
    return {
      ...verdict,
      sentence: `${address} is node ${name}, there it is the node port of ${portText(only.name)}; ${verdict.sentence}`,
    };
  }
  const leading = states.filter(({ frontends }) =>
    frontends.some(({ routes }) => routes.outside.action === 'balance'),
  ).length;
  return {
    state: 'reachable',
    cause: 'none',
    sentence: `${address} is an address of node ${name}: ${leading} of its ${count(states.length, 'node port')} lead to backends, the others are refused or dropped`,
  };
}
