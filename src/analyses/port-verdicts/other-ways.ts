// The ways in beside the one the sentence is about: where they lead, and which of them are shut to outside clients.
import type { Frontend, Route } from '../../proxiers/dispatch.ts';
import { lacksLocal } from '../checks/local-policy.ts';
import { mainRoute } from '../main-way.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import { count, listing, onNode, wayName } from '../words.ts';
import { refusalComment } from './refusal-comment.ts';

export function otherWays(view: NodeView, state: PortState, main: Frontend): readonly string[] {
  return [...openWays(state, main), ...shutWays(view, state, main)];
}

/** To the same backends, or to those of the other policy. */
function openWays({ frontends, missingWays, port }: PortState, main: Frontend): readonly string[] {
  if (missingWays.length > 0) return [];
  const open = frontends.filter(
    (frontend) =>
      frontend !== main &&
      frontend.type !== 'ClusterIP' &&
      frontend.sourceRanges.length === 0 &&
      frontend.routes.outside.action === 'balance' &&
      !(frontend.address !== undefined && port?.proxyModeIPs.includes(frontend.address)),
  );
  const chains = chainsOf(mainRoute(main));
  const same = open.filter((frontend) => chainsOf(mainRoute(frontend)) === chains);
  const others = Map.groupBy(
    open.filter((frontend) => !same.includes(frontend)),
    (frontend) => chainsOf(mainRoute(frontend)),
  );
  const lead = (group: readonly Frontend[]) =>
    `${listing(group.map(wayName))} ${group.length === 1 ? 'leads' : 'lead'}`;
  return [
    ...(same.length === 0 ? [] : [`${lead(same)} there, too`]),
    ...[...others.values()].map((group) => {
      const backends =
        group[0] === undefined ? [] : mainRoute(group[0]).through.flatMap(({ balance }) => balance.backends);
      return `${lead(group)} outside clients to ${count(backends.length, 'backend')} on this node only`;
    }),
  ];
}

function chainsOf({ through }: Route): string {
  return through.map(({ balance }) => balance.chain).join(' ');
}

/** Ways in that outside clients cannot use here. */
function shutWays(view: NodeView, state: PortState, main: Frontend): readonly string[] {
  const dropped = state.frontends.filter(
    (frontend) =>
      frontend !== main && frontend.type !== 'ClusterIP' && ['drop', 'reject'].includes(frontend.routes.outside.action),
  );
  if (dropped.length === 0) return [];
  const what = `from outside, ${listing(dropped.map(wayName))} ${dropped.length === 1 ? 'is' : 'are'} dropped ${onNode(view)}`;
  if (view.cluster === undefined) return [`${what}: ${refusalComment(dropped[0] ?? main)}`];
  if (!lacksLocal(state, view.cluster)) return [];
  return [`${what} by design, since externalTrafficPolicy is Local and no endpoint is here`];
}
