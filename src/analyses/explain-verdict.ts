// The verdict for each kind of target. The first line must answer what was asked: whose is it, where does it lead.
import { isZero } from '../netfilter/fraction.ts';
import { portText } from './checks/check.ts';
import { chainSentence } from './explain-chain.ts';
import type { NodeView } from './node-view.ts';
import type { PortState } from './port-state.ts';
import { mainFrontend, portVerdict } from './port-verdict.ts';
import type { Subject } from './resolve.ts';
import { distrust, leftoverVerdict, serviceVerdict, worst } from './verdict.ts';
import type { Verdict } from './verdict-words.ts';
import { count, listing, onNode, percent, sum, typeName } from './words.ts';

export function verdictOf(view: NodeView, subject: Subject): Verdict {
  switch (subject.kind) {
    case 'service':
      return subject.service === undefined
        ? leftoverVerdict(view, subject.name, subject.states)
        : serviceVerdict(view, subject.service, subject.states);
    case 'way':
      return wayVerdict(view, subject.text, subject.states);
    case 'pod':
      return podVerdict(view, subject);
    case 'backend':
      return backendVerdict(view, subject.text, subject.states);
    case 'node':
      return nodeVerdict(view, subject);
    case 'passed-on':
      return passedOnVerdict(subject);
    case 'nobody':
      return nobodyVerdict(view, subject);
    case 'chain':
      return distrust(view) ?? chainVerdict(view, subject);
    default:
      return subject satisfies never;
  }
}

/** What the chain is for; and what is wrong with its service port, if anything is. */
function chainVerdict(view: NodeView, { family, chain, states }: Extract<Subject, { kind: 'chain' }>): Verdict {
  const sentence = chainSentence(view, family, chain, states);
  const verdict = worst(view, states);
  return states.length === 0 || verdict.state === 'reachable'
    ? { state: 'reachable', cause: 'none', sentence }
    : { ...verdict, sentence: `${sentence}; ${verdict.sentence}` };
}

/** `10.96.10.2:53/udp is the cluster IP of shop/dns:dns; ...` */
function wayVerdict(view: NodeView, text: string, states: readonly PortState[]): Verdict {
  const owners = states.map((state) => {
    const way = mainFrontend(state) ?? state.missingWays[0];
    const type = way === undefined ? 'address' : typeName(way.type);
    return way?.type === 'NodePort' ? portText(state.name) : `the ${type} of ${portText(state.name)}`;
  });
  // `the cluster IP of shop/dns:dns (UDP) and shop/dns:dns-tcp`: the kind of address stands once.
  const kind = /^the .* of (?=[a-z0-9-]+\/)/.exec(owners[0] ?? '')?.[0] ?? '';
  const unique = [...new Set(owners)].map((owner, at) =>
    at > 0 && owner.startsWith(kind) ? owner.slice(kind.length) : owner,
  );
  const left = states.some(({ leftovers }) => leftovers.length > 0) && states.length === 1;
  const belongs = text.startsWith('node port')
    ? `${text} ${left ? 'was given to' : 'belongs to'}`
    : `${text} ${left ? 'was' : 'is'}`;
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  const verdict = worst(view, states);
  return { ...verdict, sentence: `${belongs} ${joined(view, listing(unique), verdict.sentence)}` };
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

function podVerdict(view: NodeView, { name, pod, states }: Extract<Subject, { kind: 'pod' }>): Verdict {
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  const addresses = new Set(pod.addresses);
  const uses: string[] = [];
  const stale: string[] = [];
  const without: string[] = [];
  for (const state of states) {
    const mine = state.backends.filter(({ address }) => addresses.has(address));
    const policy = state.port?.internalPolicyLocal === true ? 'Local' : 'Cluster';
    const taken = mine.filter((each) => each.policy === policy && !isZero(each.share));
    const where = `${portText(state.name)}${state.family === 'IPv6' ? ' (IPv6)' : ''}`;
    if (mine.some(({ unwanted, share }) => unwanted !== undefined && !isZero(share))) stale.push(where);
    else if (taken.length > 0) uses.push(`${percent(sum(taken.map(({ share }) => share)))} of ${where}`);
    else without.push(mine.some((each) => each.state === 'missing') ? `${where} (no rule leads there)` : where);
  }
  const who = `pod ${name} (${listing([...pod.addresses])}${pod.node === undefined ? '' : ` on ${pod.node}`})`;
  const ready = pod.ready === false ? `, which is not ready (${pod.notReady ?? 'its Ready condition is False'}),` : '';
  if (stale.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${who}${ready} still gets connections to ${listing(stale)} ${onNode(view)}, although the API no longer offers it there`,
    };
  }
  const lacking = without.filter((each) => each.endsWith('(no rule leads there)'));
  if (lacking.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${who}${ready} is an endpoint that kube-proxy has written no rule for ${onNode(view)}: ${listing(lacking.map((each) => each.replace(/ \(no.*/, '')))}`,
    };
  }
  if (uses.length > 0)
    return {
      state: 'reachable',
      cause: 'none',
      sentence: `${who}${ready} gets new connections ${onNode(view)}: ${listing(uses)}${beside(view, states)}`,
    };
  if (without.length > 0) {
    const why =
      pod.ready === false
        ? `it is not ready (${pod.notReady ?? 'its Ready condition is False'})`
        : 'it is not among the endpoints that this node uses';
    return {
      state: 'unreachable',
      cause: 'api',
      sentence: `${who} gets no connections of ${listing(without)} ${onNode(view)}: ${why}`,
    };
  }
  return {
    state: 'by-design',
    cause: 'none',
    sentence: `no Service leads to ${who}: it is in no EndpointSlice and in no rule ${onNode(view)}`,
  };
}

/** The pod is well; a client of its Services may fare worse. */
function beside(view: NodeView, states: readonly PortState[]): string {
  const worse = states.filter((state) => portVerdict(view, state).state === 'degraded');
  const names = [...new Set(worse.map((state) => portText(state.name)))];
  return names.length === 0
    ? ''
    : `; ${listing(names)} ${names.length === 1 ? 'is' : 'are'} degraded for other reasons`;
}

function backendVerdict(view: NodeView, text: string, states: readonly PortState[]): Verdict {
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
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

function nodeVerdict(view: NodeView, { name, address, states }: Extract<Subject, { kind: 'node' }>): Verdict {
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
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

/** The API has the address; rules of this node's are none of its business, or were not given. */
function passedOnVerdict({ text, port, why }: Extract<Subject, { kind: 'passed-on' }>): Verdict {
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

function nobodyVerdict(view: NodeView, subject: Extract<Subject, { kind: 'nobody' }>): Verdict {
  const { text, near, serviceNetwork, neighbours } = subject;
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  const [neighbour] = neighbours;
  if (neighbour !== undefined) {
    const { namespace, name } = neighbour.name;
    const ports = [
      ...new Set(neighbours.map(({ way, name: { protocol } }) => `${way.port}/${protocol.toLowerCase()}`)),
    ];
    return {
      state: 'unreachable',
      cause: 'api',
      sentence: `${text} is a port that nothing serves: the address is the ${typeName(neighbour.way.type)} of ${namespace}/${name}, which has ${listing(ports, 6)} there, and no rule takes other packets`,
    };
  }
  const nearest = near.length === 0 ? '' : `; nearest: ${listing([...near])}`;
  if (!serviceNetwork) {
    const known = text.startsWith('node port') ? 'no Service' : 'no Service, pod or node';
    const who = view.cluster === undefined ? 'no rule of kube-proxy' : known;
    return {
      state: 'unknown',
      cause: 'none',
      sentence: `${who} has ${text}: kube-proxy's rules leave it alone ${onNode(view)}${nearest}`,
    };
  }
  const [who, cause] =
    view.cluster === undefined ? (['no rule of kube-proxy', 'none'] as const) : (['no Service', 'api'] as const);
  return {
    state: 'unreachable',
    cause,
    sentence: `${who} has ${text}, which lies among the cluster IPs: kube-proxy's rules leave it alone and connections time out${nearest}`,
  };
}
