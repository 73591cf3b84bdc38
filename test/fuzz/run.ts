// `npm run fuzz [-- TEXTS [SEED]]`: the properties of parse.test.ts with a million texts, other ones every time.
import { spawnSync } from 'node:child_process';

const [runs = '1000000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
console.log(`${runs} texts, seed ${seed}`);
const { status } = spawnSync(process.execPath, ['--import', './test/setup.ts', '--test', 'test/fuzz/parse.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, PROXYRULES_FUZZ_RUNS: runs, PROXYRULES_SEED: seed },
});
process.exitCode = status ?? 1;
