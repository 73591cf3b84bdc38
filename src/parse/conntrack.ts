// The table of tracked connections as `conntrack -L` of conntrack(8) prints it, or the kernel in /proc/net/nf_conntrack.
import { canonicalAddress } from '../address.ts';

export interface Connection {
  /** `udp`. */
  readonly protocol: string;
  readonly original: Tuple;
  /** As answers to it come in: from whom it was translated to. */
  readonly reply: Tuple;
  /** Nothing has come back yet. */
  readonly unreplied: boolean;
  readonly line: number;
  readonly text: string;
}

export interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

// udp      17 29 src=10.244.1.5 dst=10.96.0.10 sport=4321 dport=53 [UNREPLIED] src=10.244.2.9 dst=10.244.1.5 sport=53 dport=4321 mark=0 use=1
const tuple = / src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g;

/** Lines that hold no two tuples with ports are passed over: ICMP, and what `conntrack` says beside its list. */
export function parseConnections(text: string): readonly Connection[] {
  return text.split('\n').flatMap((line, index) => {
    const [original, reply] = [...line.matchAll(tuple)].map(tupleOf);
    // The kernel's file begins with the family: `ipv4     2 udp      17 29 src=...`.
    const protocol = /^(?:ipv[46]\s+\d+\s+)?([a-z0-9]+)\s/.exec(line)?.[1];
    if (original === undefined || reply === undefined || protocol === undefined) return [];
    return [{ protocol, original, reply, unreplied: line.includes('[UNREPLIED]'), line: index + 1, text: line }];
  });
}

function tupleOf([, source = '', destination = '', from = '', to = '']: RegExpMatchArray): Tuple | undefined {
  const [own, other] = [canonicalAddress(source), canonicalAddress(destination)];
  if (own === undefined || other === undefined) return undefined;
  return { source: own, destination: other, sourcePort: Number(from), destinationPort: Number(to) };
}
