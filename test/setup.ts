// Loaded before every test file: the laws draw the same cases in every run, so that a red run can be run again.
// PROXYRULES_SEED=random, or a number, draws others.
import fc from 'fast-check';

const seed = process.env.PROXYRULES_SEED;
if (seed !== 'random') fc.configureGlobal({ seed: seed === undefined ? 20_261_121 : Number(seed) });
