// IP addresses and prefixes of both families: canonical text, containment, order. Texts are read as Go's net package of
// old reads them (k8s.io/utils/net ParseIPSloppy), since that is what wrote them: leading zeros are decimal, an
// IPv4-mapped IPv6 address is IPv4, no zones. IPv6 is printed after RFC 5952.
// Not ipaddr.js: it reads `::1.2.3.4` as IPv4-mapped and octets with a leading zero as octal.

export type Family = 'IPv4' | 'IPv6';

/** An address in canonical text: dotted decimal, or RFC 5952. Compare with `===`. */
export type Address = string & { readonly __brand?: 'Address' };

/** An address and a prefix length, host bits cleared: `10.244.0.0/16`. */
export type Prefix = string & { readonly __brand?: 'Prefix' };

/** Four bytes of IPv4 or sixteen of IPv6, in network order. */
type Bytes = readonly number[];

/**
 * The canonical form of an address, or `undefined` where the text is none: `010.0.0.1` is `10.0.0.1`, `FD00:0::1` is
 * `fd00::1`, `::ffff:10.0.0.1` is `10.0.0.1`. No spaces, brackets, zones or prefix lengths.
 */
export function canonicalAddress(text: string): Address | undefined {
  if (canonicalIPv4.test(text)) return text;
  const bytes = addressBytes(text);
  return bytes && print(bytes);
}

/** `IPv4` or `IPv6`, or `undefined` where the text is no address. */
export function familyOf(text: string): Family | undefined {
  if (canonicalIPv4.test(text)) return 'IPv4';
  const bytes = addressBytes(text);
  return bytes && (bytes.length === 4 ? 'IPv4' : 'IPv6');
}

/**
 * The canonical form of a prefix, or `undefined` where the text is none: `10.244.7.9/16` and `10.244.0.0/255.255.0.0`
 * are `10.244.0.0/16`; an address alone is a prefix of full length.
 */
export function canonicalPrefix(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  return prefix && `${print(prefix.bytes)}/${prefix.length}`;
}

/** Whether the prefix holds the address; `false` across families, `undefined` where either text is not one. */
export function contains(prefix: string, address: string): boolean | undefined {
  const network = parsePrefix(prefix);
  const bytes = addressBytes(address);
  if (network === undefined || bytes === undefined) return undefined;
  if (network.bytes.length !== bytes.length) return false;
  return network.bytes.every((byte, index) => byte === ((bytes[index] ?? 0) & maskByte(network.length, index)));
}

/** An address as a number, for ranges: 0 to 2^32-1 or 2^128-1. `undefined` where the text is none. */
export function addressNumber(text: string): bigint | undefined {
  return addressBytes(text)?.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** The address that a number is; `undefined` where the family has no such address. */
export function addressFrom(number: bigint, family: Family): Address | undefined {
  const size = family === 'IPv4' ? 4 : 16;
  if (number < 0n || number >= 1n << BigInt(size * 8)) return undefined;
  return print(Array.from({ length: size }, (_, index) => Number((number >> BigInt((size - 1 - index) * 8)) & 0xffn)));
}

/** `10.0.0.1:80`, `[fd00::1]:80`: the spelling of Go's net.JoinHostPort. */
export function hostPort(address: Address, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const octet = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;

// Most addresses are already canonical IPv4, and a large cluster has hundreds of thousands of them.
const canonicalIPv4 = new RegExp(String.raw`^${octet}\.${octet}\.${octet}\.${octet}$`);

function addressBytes(text: string): Bytes | undefined {
  if (!text.includes(':')) return ipv4Bytes(text);
  const bytes = ipv6Bytes(text);
  return bytes && isIPv4Mapped(bytes) ? bytes.slice(12) : bytes;
}

function ipv4Bytes(text: string): Bytes | undefined {
  const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const bytes = octets?.slice(1).map(Number);
  return bytes?.every((byte) => byte <= 0xff) ? bytes : undefined;
}

// fd00::1:10.0.0.1
//     ^^   ^^^^^^^^ at most one gap, of one zero group or more; the last two groups may be dotted
function ipv6Bytes(text: string): Bytes | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const bytes = groupBytes(text, true);
    return bytes?.length === 16 ? bytes : undefined;
  }
  const head = gap === 0 ? [] : groupBytes(text.slice(0, gap), false);
  const tail = gap + 2 === text.length ? [] : groupBytes(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function groupBytes(text: string, mayEndDotted: boolean): number[] | undefined {
  const bytes: number[] = [];
  const groups = text.split(':', 10);
  for (const [index, group] of groups.entries()) {
    if (/^0*[0-9a-f]{1,4}$/i.test(group)) {
      const number = Number.parseInt(group, 16);
      bytes.push(number >> 8, number & 0xff);
      continue;
    }
    const dotted = mayEndDotted && index === groups.length - 1 ? ipv4Bytes(group) : undefined;
    if (dotted === undefined) return undefined;
    bytes.push(...dotted);
  }
  return bytes;
}

function isIPv4Mapped(bytes: Bytes): boolean {
  return bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
}

/** Host bits are cleared. */
function parsePrefix(text: string): { readonly bytes: Bytes; readonly length: number } | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const written = address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address);
  if (written === undefined) return undefined;
  const length = slash < 0 ? written.length * 8 : prefixLength(text.slice(slash + 1), written.length);
  if (length === undefined) return undefined;
  const bytes = written.map((byte, index) => byte & maskByte(length, index));
  // A prefix of mapped addresses is IPv4 only where it holds nothing else: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  return length >= 96 && isIPv4Mapped(bytes) ? { bytes: bytes.slice(12), length: length - 96 } : { bytes, length };
}

/** Of `16`, or of a mask of the same family: `255.255.0.0` is 16, a mask with holes has no length. */
function prefixLength(text: string, size: number): number | undefined {
  if (/^\d+$/.test(text)) {
    const length = Number(text);
    return length <= size * 8 ? length : undefined;
  }
  const mask = text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
  if (mask?.length !== size) return undefined;
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

function maskByte(length: number, index: number): number {
  const bits = Math.min(8, Math.max(0, length - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function print(bytes: Bytes): string {
  return bytes.length === 4 ? bytes.join('.') : printIPv6(bytes);
}

/** RFC 5952 section 4: lower case, no leading zeros, the first of the longest runs of two or more zero groups is `::`. */
function printIPv6(bytes: Bytes): string {
  const groups: string[] = [];
  let gap = { start: 0, length: 1 };
  let run = 0;
  for (let index = 0; index < 8; index++) {
    const group = ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
    groups.push(group.toString(16));
    run = group === 0 ? run + 1 : 0;
    if (run > gap.length) gap = { start: index - run + 1, length: run };
  }
  if (gap.length < 2) return groups.join(':');
  return `${groups.slice(0, gap.start).join(':')}::${groups.slice(gap.start + gap.length).join(':')}`;
}
