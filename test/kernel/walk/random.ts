// A seeded source of choices: the same seed draws the same rulesets and packets.

export interface Random {
  /** 0 to `below` - 1. */
  integer(below: number): number;
  /** True in `share` of cases. */
  chance(share: number): boolean;
  of<T>(list: readonly T[]): T;
  /** Some of them, in their order. */
  some<T>(list: readonly T[], most: number): readonly T[];
}

/** mulberry32, by Tommy Ettinger (public domain). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(next() * below);
  const of = <T>(list: readonly T[]): T => {
    const chosen = list[integer(list.length)];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  };
  return {
    integer,
    of,
    chance: (share) => next() < share,
    some: (list, most) => {
      const count = 1 + integer(Math.min(most, list.length));
      const places = new Set<number>();
      while (places.size < count) places.add(integer(list.length));
      return list.filter((_, index) => places.has(index));
    },
  };
}
