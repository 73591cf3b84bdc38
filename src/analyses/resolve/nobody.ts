// An address or node port that nothing has: what is near it, and what is known of its surroundings.
import { hostPort } from '../../address.ts';
import { nearest } from '../near.ts';
import type { PortState } from '../port-state.ts';
import type { Subject } from './subject.ts';

/** `text` is the address as it is spoken of, with port and protocol where they were given. */
export function nobodyAt(address: string, text: string, states: readonly PortState[]): Subject {
  const neighbours = states.flatMap(({ name, frontends, missingWays }) =>
    [...frontends, ...missingWays].filter((way) => way.address === address).map((way) => ({ name, way })),
  );
  return {
    kind: 'nobody',
    text,
    near: [...new Set(nearAddresses(address, states))].slice(0, 3),
    neighbours,
    serviceNetwork: inServiceNetwork(address, states),
    states: [],
  };
}

export function nobodyAtNodePort(port: number, text: string, states: readonly PortState[]): Subject {
  return { kind: 'nobody', text, near: nearPorts(port, states), serviceNetwork: false, neighbours: [], states: [] };
}

function nearAddresses(address: string, states: readonly PortState[]): readonly string[] {
  const known = states
    .flatMap((state) => state.frontends.map((way) => ({ way, state })))
    .filter(({ way }) => way.address !== undefined);
  return nearest(address, [...new Set(known.map(({ way }) => way.address ?? ''))], 3).flatMap((each) =>
    known
      .filter(({ way }) => way.address === each)
      .slice(0, 1)
      .map(({ way, state }) => `${hostPort(each, way.port)} (${state.name.namespace}/${state.name.name})`),
  );
}

/** Among the cluster IPs by its first two numbers: a guess for a sentence, never for a verdict. */
function inServiceNetwork(address: string, states: readonly PortState[]): boolean {
  const head = (text: string) => text.split(/[.:]/).slice(0, 2).join('.');
  return states.some(({ frontends }) =>
    frontends.some(
      (way) => way.type === 'ClusterIP' && way.address !== undefined && head(way.address) === head(address),
    ),
  );
}

function nearPorts(port: number, states: readonly PortState[]): readonly string[] {
  const ports = [
    ...new Set(
      states.flatMap(({ frontends }) => frontends.filter(({ type }) => type === 'NodePort').map((way) => way.port)),
    ),
  ];
  return ports
    .sort((a, b) => Math.abs(a - port) - Math.abs(b - port) || a - b)
    .slice(0, 3)
    .map((each) => `nodeport/${each}`);
}
