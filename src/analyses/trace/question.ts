// What is asked of a walk, as the words of the command line say it.
import type { Family } from '../../address.ts';
import type { From, To } from './ends.ts';

export interface TraceQuestion {
  readonly from: From;
  readonly to: To;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | undefined;
  readonly inInterface: string | undefined;
  readonly family: Family | undefined;
}
