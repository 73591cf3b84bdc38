// A way in by its address or node port: whose it is, then how its service port fares, no name told twice.
import { portText } from '../checks/check.ts';
import { mainFrontend } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Subject } from '../resolve/subject.ts';
import { worst } from '../verdict.ts';
import type { Verdict } from '../verdict-words.ts';
import { listing, onNode, typeName } from '../words.ts';

/** `10.96.10.2:53/udp is the cluster IP of shop/dns:dns; ...` */
export function wayVerdict(view: NodeView, { text, states }: Extract<Subject, { kind: 'way' }>): Verdict {
  const left = states.some(({ leftovers }) => leftovers.length > 0) && states.length === 1;
  const belongs = text.startsWith('node port')
    ? `${text} ${left ? 'was given to' : 'belongs to'}`
    : `${text} ${left ? 'was' : 'is'}`;
  // An address is of one family; a node port is open in each family of its Service.
  const services = text.startsWith('node port') ? states.flatMap(({ port }) => port?.service ?? []) : [];
  const verdict = worst(view, states, services);
  return { ...verdict, sentence: `${belongs} ${joined(view, owners(states), verdict.sentence)}` };
}

/** `the cluster IP of shop/dns:dns (UDP) and shop/dns:dns-tcp`: the kind of address stands once. */
function owners(states: readonly PortState[]): string {
  const all = states.map((state) => {
    const way = mainFrontend(state) ?? state.missingWays[0];
    const type = way === undefined ? 'address' : typeName(way.type);
    return way?.type === 'NodePort' ? portText(state.name) : `the ${type} of ${portText(state.name)}`;
  });
  const kind = /^the .* of (?=[a-z0-9-]+\/)/.exec(all[0] ?? '')?.[0] ?? '';
  const unique = [...new Set(all)].map((owner, at) =>
    at > 0 && owner.startsWith(kind) ? owner.slice(kind.length) : owner,
  );
  return listing(unique);
}

/** `A` and `A is reachable on node-a: ...` make `A, reachable on node-a: ...`: the name stands once. */
function joined(view: NodeView, name: string, sentence: string): string {
  const reachable = ` is reachable ${onNode(view)}`;
  const whose = name.replace(/^the [a-zA-Z ]+ of /, '');
  const unwritten = `kube-proxy has written no rule for ${whose} at `;
  if (sentence.startsWith(unwritten)) {
    return `${name}, and kube-proxy has written no rule for it${sentence.slice(sentence.indexOf(` ${onNode(view)}`))}`;
  }
  const leftOver = / is left over (.*)$/.exec(sentence);
  if (leftOver !== null) return `${name} and is left over ${leftOver[1]}`;
  return sentence.startsWith(whose + reachable)
    ? `${name}, reachable ${onNode(view)}${sentence.slice(whose.length + reachable.length)}`
    : `${name}; ${sentence}`;
}
