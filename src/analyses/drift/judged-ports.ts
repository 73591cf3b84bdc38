// Each service port asked about with what came of it, once for both families.
import type { Difference } from '../../proxiers/difference.ts';
import { type ServicePort, type ServicePortName, servicePortKey } from '../../proxiers/service-ports.ts';

export interface JudgedPort {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly protocol: string;
  readonly state: 'in-sync' | 'differs' | 'unknown';
  /** Why it is unknown, where that is the Service's own affair. */
  readonly reason: string | undefined;
}

/** `doubt` gives the reason why a port that differs is not judged. */
export function judgedPorts(
  ports: readonly ServicePort[],
  differences: readonly Difference[],
  isJudged: (port: ServicePort) => boolean,
  doubt: (name: ServicePortName) => string | undefined,
): readonly JudgedPort[] {
  const differing = new Set(
    differences.flatMap(({ owner }) => (owner?.kind === 'known' ? [servicePortKey(owner.name)] : [])),
  );
  return [...Map.groupBy(ports, ({ name }) => servicePortKey(name))].sort(byKey).flatMap(([key, families]) => {
    const [first] = families;
    if (first === undefined) return [];
    const { namespace, name: service, port, protocol } = first.name;
    const differs = differing.has(key);
    const reason = differs ? doubt(first.name) : undefined;
    const isKnown = differs ? reason === undefined : families.every(isJudged);
    const state = isKnown ? (differs ? 'differs' : 'in-sync') : 'unknown';
    return [{ namespace, service, port, protocol, state, reason } as const];
  });
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
