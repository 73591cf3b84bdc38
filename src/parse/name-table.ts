// Names as places in a text, numbered from 0 in the order they were first seen. A large node has half a million chains:
// a string for each, and a Map of them, would cost more than reading all their rules.

/** Names of one table: an open-addressing hash table whose keys stay in the text. */
export class NameTable {
  readonly #bytes: Buffer;
  #count = 0;
  #start = new Uint32Array(16);
  #length = new Uint32Array(16);
  #hash = new Uint32Array(16);
  /** Number of a name plus one, or 0. Half of the slots at most are taken. */
  #slots = new Uint32Array(32);

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the name begins with one of these ASCII words. */
  begins(number: number, words: readonly string[]): boolean {
    const start = this.#start[number] ?? 0;
    const length = this.#length[number] ?? 0;
    return words.some((word) => {
      if (word.length > length) return false;
      // From the end: words of one kind differ there.
      for (let at = word.length - 1; at >= 0; at--) if (this.#bytes[start + at] !== word.charCodeAt(at)) return false;
      return true;
    });
  }

  name(number: number): string {
    const start = this.#start[number] ?? 0;
    return this.#bytes.toString('utf8', start, start + (this.#length[number] ?? 0));
  }

  /** The number of the name that stands from `start` to `end`: `count`, and one name more, where it is new. */
  add(start: number, end: number): number {
    const hash = hashOf(this.#bytes, start, end);
    const slot = this.#slotOf(hash, this.#bytes, start, end);
    const taken = this.#slots[slot] ?? 0;
    if (taken > 0) return taken - 1;
    const number = this.#count++;
    if (number === this.#start.length) {
      this.#start = doubled(this.#start);
      this.#length = doubled(this.#length);
      this.#hash = doubled(this.#hash);
    }
    this.#start[number] = start;
    this.#length[number] = end - start;
    this.#hash[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.#count * 2 > this.#slots.length) this.#spread();
    return number;
  }

  find(name: string): number | undefined {
    const length = placeAsked(name);
    const bytes = length < 0 ? Buffer.from(name) : asked;
    const end = length < 0 ? bytes.length : length;
    const hash = hashOf(bytes, 0, end);
    const taken = this.#slots[this.#slotOf(hash, bytes, 0, end)] ?? 0;
    return taken > 0 ? taken - 1 : undefined;
  }

  /** Where the name is, or the empty place for it. */
  #slotOf(hash: number, bytes: Buffer, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const taken = this.#slots[slot] ?? 0;
      if (taken === 0) return slot;
      if (this.#hash[taken - 1] === hash && this.#isName(taken - 1, bytes, start, end)) return slot;
    }
  }

  #isName(number: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#length[number] !== end - start) return false;
    const own = this.#start[number] ?? 0;
    for (let at = end - start - 1; at >= 0; at--) if (this.#bytes[own + at] !== bytes[start + at]) return false;
    return true;
  }

  #spread(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      let slot = (this.#hash[number] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** The name that is looked for: nearly all are short and ASCII, and need no place of their own. */
const asked = Buffer.alloc(64);

/** Its length, or -1 where it has no place there. */
function placeAsked(name: string): number {
  if (name.length > asked.length) return -1;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 127) return -1;
    asked[at] = code;
  }
  return name.length;
}

/** FNV-1a. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let state = 0x811c9dc5;
  for (let at = start; at < end; at++) state = Math.imul(state ^ (bytes[at] ?? 0), 0x01000193);
  // The low bits alone choose the slot: let the high ones count.
  return (state ^ (state >>> 15)) >>> 0;
}

export function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
