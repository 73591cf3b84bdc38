// The flags that say which packet `trace` walks.
import { type Command, Option } from 'commander';
import { fromForms, toForms } from '../analyses/trace/forms.ts';
import type { Options } from './question.ts';

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
