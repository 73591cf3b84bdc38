// `npm test`: formatter and linter, types, a fresh build, and every test with its coverage. What was skipped is told at
// the end with its reason; with PROXYRULES_REQUIRE_ALL=1, as .ci/run sets it, it fails the run.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tallied } from './tally.ts';

run('biome', 'node_modules/@biomejs/biome/bin/biome', 'check');
run('tsc', 'node_modules/typescript/bin/tsc');
run('the build', '.build/bundle.ts');

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-test-'));
const tally = join(folder, 'tally');
const passed = node([
  ...['--import', './test/setup.ts', '--test', '--experimental-test-coverage', '--test-coverage-include=src/**/*.ts'],
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
  ...['--test-reporter=./test/tally.ts', `--test-reporter-destination=${tally}`],
  ...globSync('test/**/*.test.ts').sort(),
]);
const lines = readFileSync(tally, 'utf8').split('\n').filter(Boolean);
rmSync(folder, { recursive: true });
const tallied = lines.map((line): Tallied => JSON.parse(line));
const accepted = tellSkipped();
// The runner printed these above the coverage: they close the run.
console.log('');
for (const each of tallied) if (each.kind === 'count') console.log(`\u2139 ${each.text}`);
process.exitCode = passed && accepted ? 0 : 1;

/** False where a skipped test fails the run. */
function tellSkipped(): boolean {
  const tests = tallied.filter((each) => each.kind === 'skipped');
  if (tests.length === 0) return true;
  const frame = '!'.repeat(80);
  console.log(`\n${frame}\nSKIPPED, so not tested here:`);
  for (const [reason, group] of Map.groupBy(tests, ({ reason }) => reason)) {
    console.log(`  ${reason}`);
    for (const { test } of group.slice(0, 4)) console.log(`    ${test}`);
    if (group.length > 4) console.log(`    and ${group.length - 4} more`);
  }
  console.log(frame);
  if (process.env.PROXYRULES_REQUIRE_ALL !== '1') return true;
  console.log(`FAILED: ${tests.length} skipped tests, and PROXYRULES_REQUIRE_ALL is set`);
  return false;
}

function run(step: string, ...argv: readonly string[]): void {
  if (node(argv)) return;
  console.error(`\n${step} failed: the tests were not run`);
  process.exit(1);
}

/** Wherever the user lives: text is ordered and times are told the same. */
function node(argv: readonly string[]): boolean {
  const env = { ...process.env, LC_ALL: 'sk_SK.UTF-8', TZ: 'Pacific/Chatham' };
  return spawnSync(process.execPath, argv, { stdio: 'inherit', env }).status === 0;
}
