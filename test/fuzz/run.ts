// `npm run fuzz`: the properties of parse.test.ts with a million texts, or as many as the first argument says.
import { spawnSync } from 'node:child_process';

const runs = process.argv[2] ?? '1000000';
const seed = process.argv[3] ?? String(Date.now() % 2 ** 31);
console.log(`${runs} texts, seed ${seed}`);
const { status } = spawnSync(process.execPath, ['--test', 'test/fuzz/parse.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, PROXYRULES_FUZZ_RUNS: runs, PROXYRULES_FUZZ_SEED: seed },
});
process.exitCode = status ?? 1;
