// `trace --from X --to Y`
import { type Command, Option } from 'commander';
import { fromForms, readFrom, readTo, toForms } from '../analyses/trace/ends.ts';
import { isUndecided, traceReport } from '../analyses/trace/trace.ts';
import { UsageError } from '../errors.ts';
import type { Io } from './io.ts';
import { answer, type Options } from './run.ts';

export type TraceOptions = Omit<Options, 'failOn'> & {
  readonly from: string;
  readonly to: string;
  readonly proto?: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly inInterface?: string;
  readonly family?: 'ipv4' | 'ipv6';
  /** The node that is walked. */
  readonly on?: string;
};

export function withEnds(command: Command): Command {
  return command
    .requiredOption('--from <sender>', `who sends the packet: ${fromForms}`)
    .requiredOption('--to <receiver>', `whom it is sent to: ${toForms}`)
    .addOption(
      new Option('--proto <protocol>', "its protocol (default: that of the Service's port, or tcp)").choices([
        'tcp',
        'udp',
        'sctp',
        'icmp',
      ]),
    )
    .option('--in-interface <name>', 'the interface it comes in by (default: the way back to the sender)')
    .addOption(
      new Option('--family <family>', "its IP family (default: that of the address, or the Service's first)").choices([
        'ipv4',
        'ipv6',
      ]),
    )
    .option('--on <node>', "the node that is walked (default: the sender's)");
}

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
