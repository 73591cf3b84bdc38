// What to do with a value of an API object that cannot be what its field says.
import { type Address, canonicalAddress, familyOf } from '../address.ts';
import { elementsOf, integerOf, textOf, wordOf } from './json.ts';
import { quoted } from './quoted.ts';
import type { Family, Protocol } from './snapshot.ts';

/** Takes the reason why a part of the object was left out: `spec.externalIPs[1]: "10.0.0" is no IP address`. */
export type LeaveOut = (reason: string) => void;

/** Canonical addresses of an array of strings; what is none, or of another family, is left out with a reason. */
export function readAddresses(value: unknown, path: string, leaveOut: LeaveOut, family?: Family): readonly Address[] {
  const addresses: Address[] = [];
  for (const [index, element] of elementsOf(value).entries()) {
    const address = readAddress(element, `${path}[${index}]`, leaveOut, family);
    if (address !== undefined) addresses.push(address);
  }
  return addresses;
}

/** The canonical address; `undefined` where the value is absent, or, with a reason, where it is no such address. */
export function readAddress(value: unknown, path: string, leaveOut: LeaveOut, family?: Family): Address | undefined {
  const text = textOf(value);
  if (text === undefined || text === '') return undefined;
  const address = canonicalAddress(text);
  if (address !== undefined && (family === undefined || familyOf(address) === family)) return address;
  leaveOut(`${path}: ${quoted(text)} is no ${family ?? 'IP'} address`);
  return undefined;
}

const protocols = ['TCP', 'UDP', 'SCTP'] as const;

/** The API's default is TCP; `undefined`, with a reason, for a protocol that the API does not have. */
export function readProtocol(value: unknown, path: string, leaveOut: LeaveOut): Protocol | undefined {
  const text = textOf(value);
  if (text === undefined || text === '') return 'TCP';
  const protocol = wordOf(text, protocols);
  if (protocol === undefined) leaveOut(`${path}: ${quoted(text)} is none of ${protocols.join(', ')}`);
  return protocol;
}

/** 1 to 65535. The API writes 0 for "none". */
export function portNumberOf(value: unknown): number | undefined {
  return integerOf(value, 1, 65535);
}
