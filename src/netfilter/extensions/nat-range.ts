// The range a nat target rewrites to, as `--to-destination` and `--to-source` spell it (libxt_NAT.c).
import { type Address, canonicalAddress } from '../../address.ts';
import { portRange } from './ports.ts';

/** One address or port is a range from it to itself. What the target does not rewrite is absent. */
export interface NatRange {
  readonly from?: Address;
  readonly to?: Address;
  readonly portFrom?: number;
  readonly portTo?: number;
  /** `80-90/8000`: port 8000 becomes 80, 8001 becomes 81, and so on. */
  readonly portBase?: number;
}

/**
 *     10.0.0.1-10.0.0.9:80-90/8000
 *     [fd00::1]:80
 *     :80
 *
 * `undefined` where the text is none of these.
 */
export function readNatRange(text: string): NatRange | undefined {
  // An IPv6 address stands in brackets where ports follow it; otherwise it stands alone.
  const parts = /^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d+(?:-\d+)?)(?:\/(\d+))?)?$/.exec(text);
  if (parts === null) return readAddresses(text);
  const [, bracketed, plain, ports, base] = parts;
  const addresses = bracketed ?? plain ?? '';
  const between = addresses === '' && ports !== undefined ? {} : readAddresses(addresses);
  if (between === undefined || ports === undefined) return between;
  const range = portRange(ports, '-');
  return range && { ...between, portFrom: range.from, portTo: range.to, ...(base && { portBase: Number(base) }) };
}

function readAddresses(text: string): { readonly from: Address; readonly to: Address } | undefined {
  const [first = '', last = first, ...more] = text.split('-');
  const [from, to] = [canonicalAddress(first), canonicalAddress(last)];
  return from === undefined || to === undefined || more.length > 0 ? undefined : { from, to };
}
