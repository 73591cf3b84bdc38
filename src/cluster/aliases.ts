// What names and addresses are called in a redacted capture: the same wherever they stand. Names keep their order, so
// that whatever is decided or printed by order stays as it was.
import { createHmac } from 'node:crypto';
import type { Address, Prefix } from '../address.ts';
import { AddressAliases } from './address-aliases.ts';

const words = {
  namespace: 'namespace-',
  service: 'service-',
  slice: 'slice-',
  pod: 'pod-',
  container: 'container-',
  node: 'node-',
  zone: 'zone-',
  host: 'host-',
  key: 'key-',
  value: 'value-',
  uid: 'uid-',
} as const;

export type NameKind = keyof typeof words;

/** Something that renames. */
export interface Renamer {
  /** Of a name that `NameCollector` was not shown: a name by the key, without order. Empty stays empty. */
  name(kind: NameKind, name: string): string;
  /** `undefined` where the text is none. */
  address(text: string): Address | undefined;
  prefix(text: string): Prefix | undefined;
}

/** Renames nothing, and remembers every name it was asked for. */
export class NameCollector implements Renamer {
  readonly #names = new Map<NameKind, Set<string>>();

  name(kind: NameKind, name: string): string {
    const names = this.#names.get(kind) ?? new Set();
    this.#names.set(kind, names.add(name));
    return name;
  }

  address(text: string): Address {
    return text;
  }

  prefix(text: string): Prefix {
    return text;
  }

  /** `key` decides over the addresses; keep it secret, or use it once. */
  aliases(key: Uint8Array): Aliases {
    return new Aliases(this.#names, key);
  }
}

export class Aliases implements Renamer {
  readonly #names: ReadonlyMap<NameKind, ReadonlyMap<string, string>>;
  readonly #addresses: AddressAliases;
  readonly #key: Uint8Array;

  constructor(names: ReadonlyMap<NameKind, ReadonlySet<string>>, key: Uint8Array) {
    this.#names = new Map([...names].map(([kind, set]) => [kind, numbered(kind, set)]));
    this.#addresses = new AddressAliases(key);
    this.#key = key;
  }

  name(kind: NameKind, name: string): string {
    if (name === '') return name;
    return this.#names.get(kind)?.get(name) ?? `${words[kind]}x${this.keyed(`${kind} ${name}`).slice(0, 12)}`;
  }

  address(text: string): Address | undefined {
    return this.#addresses.address(text);
  }

  prefix(text: string): Prefix | undefined {
    return this.#addresses.prefix(text);
  }

  /** 64 hexadecimal digits that only the key can tell the text of. */
  keyed(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

/** Numbers of one width sort as the names did. */
function numbered(kind: NameKind, names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const sorted = [...names].filter((name) => name !== '').sort();
  const width = String(sorted.length).length;
  return new Map(
    sorted.map((name, index) => {
      const number = String(index + 1).padStart(width, '0');
      return [name, kind === 'host' ? `${words[kind]}${number}.example` : `${words[kind]}${number}`];
    }),
  );
}
