// The real kubectl finds, runs and completes the built plugin, and passes on what it says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { version } from '../../src/commands/version.ts';
import { findingCodes } from '../../src/report/catalogue.ts';
import { cli, root } from '../commands/cli.ts';

const home = mkdtempSync(join(tmpdir(), 'proxyrules-kubectl-'));
after(() => rmSync(home, { recursive: true }));

const env = {
  // The programs under bin/ are run by the node of this test, whatever else is installed.
  PATH: [join(root, 'bin'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  HOME: home,
  KUBECONFIG: join(home, 'none'),
};

function kubectl(...args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync('kubectl', args, { env, encoding: 'utf8', cwd: home });
  return { exitCode: error === undefined ? status : undefined, stdout, stderr };
}

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  if (process.platform === 'win32') return 'kubectl finds plugins on Windows by .exe and .cmd only';
  if (kubectl('version', '--client').exitCode !== 0) return 'kubectl is not on the PATH';
  const main = join(root, 'dist', 'main.cjs');
  if (!existsSync(main)) return 'dist/ is missing: npm run build';
  const built = statSync(main).mtimeMs;
  const newer = globSync('src/**/*.ts', { cwd: root }).some((file) => statSync(join(root, file)).mtimeMs > built);
  return newer && 'dist/ is older than src/: npm run build';
}

for (const line of [
  'explain svc/web --demo',
  'explain svc/web --demo -o json',
  'explain svc/web --demo --fail-on none -o wide',
  'explain svc/none -n shop --demo',
  'explain svc/wep --demo',
  'backends --demo',
  'graph svc/web --demo -o dot',
  'graph svc/web --demo -o svg',
  'codes KPR201 -o yaml',
  'version',
  'explain --help',
  'explain svc/web --rulez x',
  'completion bash',
]) {
  test(`kubectl proxyrules ${line}: as in this process`, { skip }, async () => {
    const args = line.split(' ');
    const { exitCode, stdout, stderr } = kubectl('proxyrules', ...args);
    const expected = await cli(args);
    assert.equal(exitCode, expected.exitCode, stderr);
    assert.equal(stdout, expected.stdout);
    assert.ok(stderr.startsWith(expected.stderr), stderr);
  });
}

test('kubectl plugin list shows it, without a warning', { skip }, () => {
  const { exitCode, stdout, stderr } = kubectl('plugin', 'list');
  const own = stdout.split('\n').filter((line) => line.includes(join(root, 'bin')));
  assert.ok(
    own.some((line) => line.endsWith('/kubectl-proxyrules')),
    stdout + stderr,
  );
  assert.equal(exitCode, 0, stderr);
  assert.doesNotMatch(stdout + stderr, /not executable|overshadowed|warning/i);
});

/** Candidates without their descriptions, and the directive. */
function completed(...words: readonly string[]): {
  readonly candidates: readonly string[];
  readonly directive: string;
} {
  const { stdout, exitCode } = kubectl('__complete', 'proxyrules', ...words);
  assert.equal(exitCode, 0);
  const lines = stdout.trimEnd().split('\n');
  return { candidates: lines.slice(0, -1).map((line) => line.replace(/\t.*/, '')), directive: lines.at(-1) ?? '' };
}

test('kubectl completes verbs, formats, flags, codes and shells', { skip }, () => {
  const { candidates, directive } = completed('');
  for (const verb of ['explain', 'backends', 'drift', 'status', 'graph', 'codes', 'completion', 'version']) {
    assert.ok(candidates.includes(verb), `${verb} in ${candidates}`);
  }
  assert.equal(directive, ':4');
  assert.deepEqual(completed('exp').candidates, ['explain']);
  assert.deepEqual(completed('explain', '-o', '').candidates, [
    'table',
    'wide',
    'json',
    'yaml',
    'mermaid',
    'dot',
    'svg',
    'sarif',
    'github',
  ]);
  assert.deepEqual(completed('backends', '-o', '').candidates, ['table', 'wide', 'json', 'yaml', 'sarif', 'github']);
  assert.deepEqual(completed('drift', '-o', 'j').candidates, ['json', 'junit']);
  assert.deepEqual(completed('graph', '--output', 'm').candidates, ['mermaid']);
  assert.deepEqual(completed('explain', '--output=y').candidates, ['--output=yaml']);
  assert.deepEqual(completed('explain', '--fail-on', '').candidates, ['critical', 'warning', 'info', 'none']);
  assert.deepEqual(completed('explain', '--color', 'a').candidates, ['auto', 'always']);
  const flags = completed('explain', '--').candidates;
  for (const flag of [
    '--output',
    '--rules',
    '--rules6',
    '--objects',
    '--demo',
    '--capture',
    '--no-cluster',
    '--namespace',
  ]) {
    assert.ok(flags.includes(flag), flag);
  }
  assert.deepEqual(completed('codes', 'KPR').candidates, findingCodes);
  assert.deepEqual(completed('completion', '').candidates, ['bash', 'zsh', 'fish', 'powershell']);
  assert.deepEqual(completed('explain', '').candidates, ['svc/', 'pod/', 'nodeport/']);
});

test('kubectl leaves files to the shell where a flag takes one', { skip }, () => {
  assert.deepEqual(completed('explain', 'svc/web', '--rules', ''), { candidates: [], directive: ':0' });
  assert.deepEqual(completed('explain', 'svc/web', '--capture', ''), { candidates: [], directive: ':0' });
  assert.deepEqual(completed('explain', 'svc/web', '--node-name', ''), { candidates: [], directive: ':4' });
});

test('kubectl proxyrules version is the package’s', { skip }, () => {
  assert.equal(kubectl('proxyrules', 'version').stdout, `${version}\n`);
  assert.equal(kubectl('proxyrules', '--version').stdout, `${version}\n`);
});
