// An end of a walk in words, and when two walks come to the same ends.
import { hostPort } from '../../address.ts';
import { toNumber } from '../../netfilter/fraction.ts';
import type { Ending, Outcome } from '../../netfilter/trace.ts';

/** `10.244.0.3:8080`, `10.244.0.4`, or nothing where it is not known. */
export function endpointText(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '';
  return port === undefined ? address : hostPort(address, port);
}

export function destinationText({ destination, destinationPort }: Ending): string {
  return endpointText(destination, destinationPort);
}

export function sourceText({ source, sourcePort }: Ending): string {
  return endpointText(source, sourcePort);
}

/** Whether both lists hold the same ends with the same shares, in whatever order. */
export function sameOutcomes(a: readonly Outcome[], b: readonly Outcome[]): boolean {
  const keys = (outcomes: readonly Outcome[]) => outcomes.map(keyOf).sort().join('\n');
  return keys(a) === keys(b);
}

function keyOf(outcome: Outcome): string {
  const { probability, open } = outcome;
  return JSON.stringify([
    probability && toNumber(probability),
    endKey(outcome),
    open?.endings.map(endKey).sort() ?? null,
  ]);
}

function endKey(ending: Ending): string {
  const { fate, delivered, interface: name = null, reason = null } = ending;
  return JSON.stringify([
    fate,
    delivered ?? null,
    name,
    fate === 'accepted' ? null : reason,
    sourceText(ending),
    destinationText(ending),
  ]);
}
