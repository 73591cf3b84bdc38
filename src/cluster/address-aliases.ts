// Addresses of a redacted capture: a permutation of each family that keeps prefixes. Two addresses share as many leading
// bits after it as before, so what was inside a CIDR stays inside. After Crypto-PAn (Xu, Fan, Ammar, Moon, 2002), with
// HMAC-SHA-256 for its block cipher.
import { createHmac } from 'node:crypto';
import { type Address, addressNumber, canonicalAddress, canonicalPrefix, familyOf, type Prefix } from '../address.ts';

/** Ranges that mean the same in every cluster: every address in them stays as it is. */
const same = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'],
  ...['::/64', '64:ff9b::/96', 'fe80::/10', 'ff00::/8'],
  // Of the addresses for documentation, those that proxiers take for a stranger's.
  ...['192.0.2.1/32', '198.51.100.1/32', '203.0.113.1/32', '198.18.0.1/32'],
  ...['2001:db8::1/128', '2001:db8:ffff::1/128', '3fff::1/128'],
];

/** Ranges that a reader knows by sight: an address in them gets another one in them. */
const within = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'],
  ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'],
  ...['fc00::/8', 'fd00::/8', '2000::/3', '2001:db8::/32', '3fff::/20'],
];

interface Kept {
  readonly bits: string;
  readonly same: boolean;
}

export class AddressAliases {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, Address>();
  /** By family and leading bytes: what the next byte becomes. */
  readonly #tables = new Map<string, Uint8Array>();
  readonly #kept: Readonly<Record<4 | 16, readonly Kept[]>>;

  constructor(key: Uint8Array) {
    this.#key = key;
    const all = [...same.map((prefix) => keptOf(prefix, true)), ...within.map((prefix) => keptOf(prefix, false))];
    this.#kept = { 4: all.filter(({ size }) => size === 4), 16: all.filter(({ size }) => size === 16) };
  }

  /** Canonical; `undefined` where the text is no address. */
  address(text: string): Address | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const bytes = bytesOf(text);
    if (bytes === undefined) return undefined;
    const alias = printed(bytes.map((byte, index) => this.#tableAt(bytes, index)[byte] ?? 0));
    this.#known.set(text, alias);
    return alias;
  }

  /** Canonical; `undefined` where the text is no prefix. */
  prefix(text: string): Prefix | undefined {
    const prefix = canonicalPrefix(text);
    const slash = prefix?.indexOf('/') ?? -1;
    const network = prefix && this.address(prefix.slice(0, slash));
    return network && canonicalPrefix(`${network}${prefix.slice(slash)}`);
  }

  #tableAt(bytes: readonly number[], index: number): Uint8Array {
    const size = bytes.length === 4 ? 4 : 16;
    const head = bytes.slice(0, index);
    const key = `${size} ${head.join('.')}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const flips = createHmac('sha256', this.#key).update(`address ${key}`).digest();
    const table = byteTable(flips, head.map(binary).join(''), this.#kept[size]);
    this.#tables.set(key, table);
    return table;
  }
}

/** Each of the 255 inner nodes of a byte's binary tree turns the next bit over or not: one bit of `flips` decides. */
function byteTable(flips: Uint8Array, head: string, kept: readonly Kept[]): Uint8Array {
  const turns = new Uint8Array(256);
  for (let node = 1; node < 256; node++) {
    const bits = head + node.toString(2).slice(1);
    const fixed = kept.some((range) =>
      bits.length < range.bits.length ? range.bits.startsWith(bits) : range.same && bits.startsWith(range.bits),
    );
    turns[node] = fixed ? 0 : ((flips[node >> 3] ?? 0) >> (node & 7)) & 1;
  }
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    let node = 1;
    let alias = 0;
    for (let level = 7; level >= 0; level--) {
      const bit = (byte >> level) & 1;
      alias = (alias << 1) | (bit ^ (turns[node] ?? 0));
      node = (node << 1) | bit;
    }
    return alias;
  });
}

function keptOf(prefix: string, same: boolean): Kept & { readonly size: number } {
  const slash = prefix.indexOf('/');
  const bytes = bytesOf(prefix.slice(0, slash)) ?? [];
  return {
    bits: bytes
      .map(binary)
      .join('')
      .slice(0, Number(prefix.slice(slash + 1))),
    same,
    size: bytes.length,
  };
}

function bytesOf(text: string): readonly number[] | undefined {
  const number = addressNumber(text);
  if (number === undefined) return undefined;
  const size = familyOf(text) === 'IPv4' ? 4 : 16;
  return Array.from({ length: size }, (_, index) => Number((number >> BigInt((size - 1 - index) * 8)) & 0xffn));
}

function printed(bytes: readonly number[]): Address {
  if (bytes.length === 4) return bytes.join('.');
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = hex.match(/.{4}/g)?.join(':') ?? '';
  return canonicalAddress(text) ?? text;
}

function binary(byte: number): string {
  return byte.toString(2).padStart(8, '0');
}
