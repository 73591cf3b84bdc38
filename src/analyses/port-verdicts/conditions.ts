// What holds for some clients or at some ways in of a service port that is well: affinity, hints, source ranges.
import type { Frontend } from '../../proxiers/dispatch.ts';
import { mainRoute } from '../main-way.ts';
import type { PortState } from '../port-state.ts';
import { count, duration, listing, wayName } from '../words.ts';

export function conditions(state: PortState, main: Frontend): readonly string[] {
  return [affinity(main), hints(state), ipMode(state), sourceRanges(state)].filter((each) => each !== undefined);
}

function affinity(main: Frontend): string | undefined {
  const balances = mainRoute(main).through.map(({ balance }) => balance);
  const seconds = balances.find(({ affinitySeconds }) => affinitySeconds !== undefined)?.affinitySeconds;
  return seconds === undefined ? undefined : `a client stays with its backend for ${duration(seconds)}`;
}

/** Told only where every reading of kube-proxy's release follows the same hints. */
function hints({ wanted, endpoints }: PortState): string | undefined {
  const [first, ...more] = wanted;
  if (first === undefined || more.some((each) => each.hints.kind !== first.hints.kind)) return undefined;
  if (first.hints.kind !== 'zone' && first.hints.kind !== 'node') return undefined;
  const left = endpoints.length - (first.cluster?.length ?? 0);
  if (left <= 0) return undefined;
  const where = first.hints.kind === 'zone' ? first.hints.zone : 'the node';
  return `topology hints keep it in ${where} (${count(left, 'other endpoint')} ${left === 1 ? 'gets' : 'get'} none)`;
}

function ipMode({ frontends, port }: PortState): string | undefined {
  const taken = frontends.filter(({ address }) => address !== undefined && port?.proxyModeIPs.includes(address));
  return taken.length === 0 ? undefined : `${listing(taken.map(wayName))} is taken although its ipMode is Proxy`;
}

function sourceRanges({ frontends }: PortState): string | undefined {
  const restricted = frontends.filter((each) => each.sourceRanges.length > 0);
  const [first] = restricted;
  if (first === undefined) return undefined;
  return `${listing(restricted.map(wayName))} ${restricted.length === 1 ? 'is' : 'are'} for clients in ${listing(first.sourceRanges)} only, all others are dropped`;
}
