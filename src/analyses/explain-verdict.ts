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
  const unique = [...new Set(owners)];
  const belongs = text.startsWith('node port') ? `${text} belongs to` : `${text} is`;
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  const verdict = worst(view, states);
  return { ...verdict, sentence: `${belongs} ${joined(view, listing(unique), verdict.sentence)}` };
}

/** `A` and `A is reachable on node-a: ...` make `A, reachable on node-a: ...`: the name stands once. */
function joined(view: NodeView, name: string, sentence: string): string {
  const reachable = ` is reachable ${onNode(view)}`;
  const whose = name.replace(/^the [a-zA-Z ]+ of /, '');
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
  if (states.length === 0) {
    return {
      state: 'by-design',
      cause: 'none',
      sentence: `${address} is an address of node ${name}, and no Service has a node port there: kube-proxy's rules leave it alone`,
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
  const open = states.filter(({ frontends }) =>
    frontends.some(({ routes }) => routes.outside.action === 'balance'),
  ).length;
  return {
    state: 'reachable',
    cause: 'none',
    sentence: `${address} is an address of node ${name}: ${open} of its ${count(states.length, 'node port')} lead to backends, the others are refused or dropped`,
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

function nobodyVerdict(view: NodeView, { text, near, serviceNetwork }: Extract<Subject, { kind: 'nobody' }>): Verdict {
  const doubt = distrust(view);
  if (doubt !== undefined) return doubt;
  const nearest = near.length === 0 ? '' : `; nearest: ${listing([...near])}`;
  if (!serviceNetwork) {
    const who = view.cluster === undefined ? 'no rule of kube-proxy' : 'no Service, pod or node';
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
    sentence: `${who} has ${text}, though its neighbours are cluster IPs: kube-proxy's rules leave it alone and connections time out${nearest}`,
  };
}
