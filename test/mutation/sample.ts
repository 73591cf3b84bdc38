// How many of the mutants are tried: a few of each operator, drawn by a seed that is told, or all of them.
// `npm run mutate` tries them all; PROXYRULES_SEED=random, or a number, draws others.
const wanted = process.env.PROXYRULES_SEED;

export const seed: number =
  wanted === undefined ? 20_261_121 : wanted === 'random' ? Date.now() % 2 ** 31 : Number(wanted);

export const everyMutant: boolean = process.env.PROXYRULES_MUTANTS === 'all';

/** So many of each operator, and no more than `most`. */
export function sampled<T extends { readonly operator: string }>(
  mutants: readonly T[],
  perOperator: number,
  most = Number.POSITIVE_INFINITY,
): readonly T[] {
  if (everyMutant) return mutants;
  const random = randomOf(seed);
  const drawn = [...Map.groupBy(mutants, ({ operator }) => operator).values()].flatMap((group) =>
    shuffled(group, random).slice(0, perOperator),
  );
  return drawn.length > most ? shuffled(drawn, random).slice(0, most) : drawn;
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Numerical Recipes' linear congruence: 0 to 1. */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
