// A Service by its name, and the ports of it that were asked for. Where nothing has the name or port: what is near.
import { UsageError } from '../../errors.ts';
import { nearest } from '../near.ts';
import type { NodeView } from '../node-view.ts';
import type { PortState } from '../port-state.ts';
import type { Target } from '../target.ts';
import { listing } from '../words.ts';
import type { Subject } from './subject.ts';

export function resolveService(
  view: NodeView,
  target: Extract<Target, { kind: 'service' }>,
  states: readonly PortState[],
): Subject {
  const { namespace, name, port } = target;
  const service = view.cluster?.index.services.get(`${namespace}/${name}`);
  const own = states.filter((state) => state.name.namespace === namespace && state.name.name === name);
  if (service === undefined && own.length === 0) throw unknownService(view, target, states);
  const asked =
    port === undefined ? own : own.filter((state) => state.name.port === port || String(portNumber(state)) === port);
  const inApi = service?.ports.some((each) => each.name === port || String(each.port) === port);
  if (port !== undefined && asked.length === 0 && inApi !== true) {
    const ports =
      service?.ports.map((each) =>
        each.name === '' ? String(each.port) : `${each.name} (${each.port}/${each.protocol})`,
      ) ?? own.map((state) => state.name.port);
    throw new UsageError('NO_SUCH_PORT', `${namespace}/${name} has no port ${port}`, {
      hint: `It has ${listing([...new Set(ports)], 8) || 'none'}`,
    });
  }
  return { kind: 'service', name: `${namespace}/${name}`, service, states: asked };
}

function portNumber({ port, frontends }: PortState): number | undefined {
  return port?.port ?? frontends.find(({ type }) => type !== 'NodePort')?.port;
}

function unknownService(
  view: NodeView,
  { namespace, name }: { namespace: string; name: string },
  states: readonly PortState[],
): UsageError {
  const known = [...(view.cluster?.snapshot.services ?? []), ...states.map((state) => state.name)].map((each) => ({
    namespace: each.namespace,
    name: each.name,
  }));
  const elsewhere = [...new Set(known.filter((each) => each.name === name).map((each) => `-n ${each.namespace}`))];
  const here = nearest(
    name,
    [...new Set(known.filter((each) => each.namespace === namespace).map((each) => each.name))],
    3,
  );
  const near = nearest(name, [...new Set(known.map((each) => each.name))], 3).flatMap((each) =>
    known.filter((other) => other.name === each).map((other) => `${other.namespace}/${other.name}`),
  );
  const hint =
    elsewhere.length > 0
      ? `There is one of that name with ${listing(elsewhere)}`
      : here.length > 0
        ? `Near it: ${listing(here.map((each) => `svc/${each}`))}`
        : near.length > 0
          ? `Near it: ${listing([...new Set(near)])}`
          : 'See kubectl get services -A';
  const where = view.cluster === undefined ? 'the rules name' : 'the API has';
  return new UsageError('NO_SUCH_SERVICE', `${where} no Service ${namespace}/${name}`, { hint });
}
