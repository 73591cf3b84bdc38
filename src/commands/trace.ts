// `trace --from X --to Y`
import { readFrom, readTo } from '../analyses/trace/ends.ts';
import { isUndecided, traceReport } from '../analyses/trace/trace.ts';
import { UsageError } from '../errors.ts';
import type { Io } from './io.ts';
import { answer, type Options } from './run.ts';
import type { TraceOptions } from './trace-options.ts';

export function runTrace(io: Io, given: TraceOptions): Promise<number> {
  const { on } = given;
  const namespace = given.namespace ?? 'default';
  const from = readFrom(given.from, namespace);
  const to = readTo(given.to, namespace);
  if (given.allNodes === true || given.selector !== undefined || (given.node?.length ?? 0) > 1) {
    throw new UsageError('ONE_NODE', 'a packet is walked on one node at a time', { hint: 'Name it with --on NODE' });
  }
  const node = on ?? given.node?.[0];
  // Loose files do not say whose they are.
  const loose = given.rules !== undefined || given.rules6 !== undefined;
  const sendersNode = from.kind === 'node' ? from.name : undefined;
  const options: Options = {
    ...given,
    failOn: 'none',
    ...(loose && given.nodeName === undefined && node !== undefined && { nodeName: node }),
    ...((node ?? sendersNode) !== undefined && { node: [node ?? sendersNode ?? ''] }),
  };
  const question = {
    from,
    to,
    protocol: given.proto,
    inInterface: given.inInterface,
    family: given.family && (given.family === 'ipv4' ? ('IPv4' as const) : ('IPv6' as const)),
  };
  return answer(io, options, {
    live: {
      wanted: { services: 'all', pods: 'all', nodes: 'all' },
      beside: true,
      ...((from.kind === 'pod' || from.kind === 'name') && { pod: from }),
    },
    ask: (view, meta) => {
      if (node !== undefined && view.name !== '' && view.name !== node) {
        throw new UsageError('OTHER_NODE', `what was saved is of ${view.name}, not of ${node}`, {
          hint: `Leave --on out, or give what was saved of ${node}`,
        });
      }
      return traceReport(view, question, meta);
    },
    merge: ({ reports: [only] }) => {
      if (only === undefined) throw new TypeError('a walk without a node');
      return only;
    },
    leavesOpen: isUndecided,
  });
}
