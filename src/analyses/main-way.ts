// The way in that a verdict is about first, and where it leads.
import type { Frontend, Route } from '../proxiers/dispatch.ts';
import type { BackendState } from './backend-state.ts';
import type { PortState } from './port-state.ts';

/** What the question is about first: the cluster IP, or the only way in that was asked for. */
export function mainFrontend({ frontends }: PortState): Frontend | undefined {
  return frontends.find(({ type }) => type === 'ClusterIP') ?? frontends[0];
}

/** Cluster IPs are for pods; the other ways in are judged by clients from outside. */
export function mainRoute(frontend: Frontend): Route {
  return frontend.type === 'ClusterIP' ? frontend.routes.pods : frontend.routes.outside;
}

export function mainBackends(state: PortState, main: Frontend): readonly BackendState[] {
  const chains = new Set(mainRoute(main).through.map(({ balance }) => balance.chain));
  const policies = new Set(state.balances.filter(({ chain }) => chains.has(chain)).map(({ policy }) => policy));
  return state.backends.filter(({ policy }) => policies.has(policy));
}
