// A pod: which service ports send it new connections, which should not, and which should and do not.
import type { Pod } from '../../cluster/snapshot.ts';
import { isZero } from '../../netfilter/fraction.ts';
import { portText } from '../checks/check.ts';
import { isTrusted, type NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { portVerdict } from '../port-verdict.ts';
import type { Subject } from '../resolve/subject.ts';
import { unjudged, withUnjudged } from '../unjudged.ts';
import type { UnreadFamily } from '../unread-family.ts';
import type { Verdict } from '../verdict-words.ts';
import { listing, onNode, percent, sum } from '../words.ts';

export function podVerdict(view: NodeView, { name, pod, states }: Extract<Subject, { kind: 'pod' }>): Verdict {
  const judged = states.filter(({ family }) => isTrusted(view, family));
  const families = states.map(({ family }) => family);
  return withUnjudged(judgedVerdict(view, name, pod, judged), unjudged(view, families, missedOf(view, pod)));
}

/** The families that were not read and in which the API has Services lead to the pod. */
function missedOf(view: NodeView, pod: Pod): readonly UnreadFamily[] {
  const slices = view.cluster?.snapshot.endpointSlices ?? [];
  return view.unread.filter(({ family }) =>
    slices.some(
      ({ addressType, service, endpoints }) =>
        addressType === family &&
        service !== undefined &&
        endpoints.some(({ addresses: [address] }) => address !== undefined && pod.addresses.includes(address)),
    ),
  );
}

function judgedVerdict(view: NodeView, name: string, pod: Pod, states: readonly PortState[]): Verdict {
  const { stale, uses, lacking, without } = standingOf(pod, states);
  const who = `pod ${name} (${listing([...pod.addresses])}${pod.node === undefined ? '' : ` on ${pod.node}`})`;
  const notReady = `not ready (${pod.notReady ?? 'its Ready condition is False'})`;
  const ready = pod.ready === false ? `, which is ${notReady},` : '';
  if (stale.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${who}${ready} still gets connections to ${listing(stale)} ${onNode(view)}, although the API no longer offers it there`,
    };
  }
  if (lacking.length > 0) {
    return {
      state: 'degraded',
      cause: 'kube-proxy',
      sentence: `${who}${ready} is an endpoint that kube-proxy has written no rule for ${onNode(view)}: ${listing(lacking)}`,
    };
  }
  if (uses.length > 0) {
    return {
      state: 'reachable',
      cause: 'none',
      sentence: `${who}${ready} gets new connections ${onNode(view)}: ${listing(uses)}${beside(view, states)}`,
    };
  }
  if (without.length > 0) {
    const why = pod.ready === false ? `it is ${notReady}` : 'it is not among the endpoints that this node uses';
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

/** Service ports in words, by what they do with the pod. */
interface Standing {
  readonly stale: readonly string[];
  /** With the pod's share. */
  readonly uses: readonly string[];
  /** No rule leads there, and one should. */
  readonly lacking: readonly string[];
  readonly without: readonly string[];
}

function standingOf(pod: Pod, states: readonly PortState[]): Standing {
  const addresses = new Set(pod.addresses);
  const standing: Record<keyof Standing, string[]> = { stale: [], uses: [], lacking: [], without: [] };
  for (const state of states) {
    const mine = state.backends.filter(({ address }) => addresses.has(address));
    const policy = state.port?.internalPolicyLocal === true ? 'Local' : 'Cluster';
    const taken = mine.filter((each) => each.policy === policy && !isZero(each.share));
    const where = `${portText(state.name)}${state.family === 'IPv6' ? ' (IPv6)' : ''}`;
    if (mine.some(({ unwanted, share }) => unwanted !== undefined && !isZero(share))) standing.stale.push(where);
    else if (taken.length > 0) standing.uses.push(`${percent(sum(taken.map(({ share }) => share)))} of ${where}`);
    else if (mine.some((each) => each.state === 'missing')) standing.lacking.push(where);
    else standing.without.push(where);
  }
  return standing;
}

/** The pod is well; a client of its Services may fare worse. */
function beside(view: NodeView, states: readonly PortState[]): string {
  const worse = states.filter((state) => portVerdict(view, state).state === 'degraded');
  const names = [...new Set(worse.map((state) => portText(state.name)))];
  return names.length === 0
    ? ''
    : `; ${listing(names)} ${names.length === 1 ? 'is' : 'are'} degraded for other reasons`;
}
