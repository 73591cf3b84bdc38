// `npm run mutate [-- FILE]`: every mutant of test/mutation, where `npm test` tries a few of each operator. Takes an hour.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const files = process.argv.length > 2 ? process.argv.slice(2) : globSync('test/mutation/*.test.ts').sort();
const { status } = spawnSync(process.execPath, ['--import', './test/setup.ts', '--test', ...files], {
  stdio: 'inherit',
  env: { ...process.env, PROXYRULES_MUTANTS: 'all' },
});
process.exitCode = status ?? 1;
