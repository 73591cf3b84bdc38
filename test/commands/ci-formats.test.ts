// The formats that CI reads, on whole commands: their files are there whatever the run's end, and the log of a step holds
// no command but ours.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { printFailure } from '../../src/commands/print-failure.ts';
import { textPlaces } from '../../src/commands/text-places.ts';
import { ClusterError, UsageError } from '../../src/errors.ts';
import { annotationsOf } from '../renderers/annotations.ts';
import { readJunit } from '../renderers/junit-reader.ts';
import { empty } from '../renderers/sample.ts';
import { runOf } from '../renderers/sarif-reader.ts';
import { cli, root } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-ci-'));
after(() => rmSync(folder, { recursive: true }));
let count = 0;
const fresh = () => {
  count += 1;
  const path = join(folder, String(count));
  mkdirSync(path);
  return path;
};
const stale = ['explain', 'svc/web', '--demo'];

test('files of several formats are written when findings fail the run', async () => {
  const place = fresh();
  const files = ['sarif=a.sarif', 'github=b.txt', 'json=c.json'].flatMap((each) => [
    '--output-file',
    each.replace('=', `=${place}/`),
  ]);
  const { exitCode, stdout } = await cli([...stale, ...files]);
  assert.equal(exitCode, 1);
  assert.match(stdout, /^DEGRADED/);
  assert.equal(runOf(readFileSync(`${place}/a.sarif`, 'utf8')).results[0]?.ruleId, 'KPR201');
  assert.equal(annotationsOf(readFileSync(`${place}/b.txt`, 'utf8'))[0]?.properties.title, 'KPR201 Stale endpoint');
  assert.equal(JSON.parse(readFileSync(`${place}/c.json`, 'utf8')).kind, 'Explain');
});

const unreadable = ['backends', '--rules', 'no/such/file', '--no-cluster'];

test('a run without an answer says so in the formats of CI, and in no other', async () => {
  const place = fresh();
  const files = ['sarif=a.sarif', 'github=b.txt', 'json=c.json', 'table=d.txt'].flatMap((each) => [
    '--output-file',
    each.replace('=', `=${place}/`),
  ]);
  const { exitCode, stdout, stderr } = await cli([...unreadable, ...files]);
  assert.equal(exitCode, 5);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: cannot read no\/such\/file/);
  const [invocation] = runOf(readFileSync(`${place}/a.sarif`, 'utf8')).invocations;
  assert.equal(invocation.executionSuccessful, false);
  assert.match(invocation.toolExecutionNotifications?.[0]?.message.text ?? '', /no such file\. Check the path/);
  assert.deepEqual(
    annotationsOf(readFileSync(`${place}/b.txt`, 'utf8')).map(({ name, properties }) => [name, properties.title]),
    [['error', 'FILE_UNREADABLE']],
  );
  assert.ok(!existsSync(`${place}/c.json`) && !existsSync(`${place}/d.txt`));
});

test('a cluster that cannot be reached is an error line in the log', async () => {
  const { exitCode, stdout } = await cli(['backends', '-o', 'github']);
  assert.equal(exitCode, 4);
  assert.equal(annotationsOf(stdout)[0]?.name, 'error');
});

test('wrong usage writes nothing', async () => {
  const place = fresh();
  const { exitCode, stdout } = await cli([
    'explain',
    'svc/wep',
    '--demo',
    '-o',
    'github',
    '--output-file',
    `sarif=${place}/a`,
  ]);
  assert.equal(exitCode, 2);
  assert.equal(stdout, '');
  assert.ok(!existsSync(`${place}/a`));
});

test('a file that cannot be written does not undo the others', async () => {
  const place = fresh();
  const files = ['--output-file', `sarif=${place}/a`, '--output-file', `github=${place}/none/b`];
  const { exitCode, stderr } = await cli([...stale, ...files]);
  assert.equal(exitCode, 5);
  assert.match(stderr, /cannot write/);
  assert.equal(runOf(readFileSync(`${place}/a`, 'utf8')).invocations[0].executionSuccessful, true);
});

test('junit tells a failed run by one errored case', async () => {
  const told = async (error: unknown) => {
    let stdout = '';
    const io = {
      stdout: (text: string) => {
        stdout += text;
      },
      stderr: () => {},
      stdin: async () => new Uint8Array(),
      env: {},
      isTerminal: false,
      width: undefined,
      root,
    };
    await printFailure(io, { output: 'junit', color: 'never', failOn: 'warning' }, error);
    return stdout;
  };
  const output = await told(new ClusterError('API_UNREACHABLE', 'no <route>', { hint: 'Try again' }));
  readJunit(output, {
    ...empty,
    suites: [{ name: '', cases: [{ group: '', name: '', outcome: 'unknown', findings: [] }] }],
  });
  assert.match(output, /<testsuite name="proxyrules" tests="1" failures="0" errors="1" skipped="0">/);
  assert.match(output, /<error message="no &lt;route&gt;\. Try again" type="unknown"\/>/);
  assert.match(await told(new TypeError('x')), /a bug of kubectl-proxyrules: x/);
  assert.match(await told(new DOMException('', 'AbortError')), /"interrupted"/);
  assert.equal(await told(new UsageError('X', 'x')), '');
});

test('the summary is appended to the file that GitHub names, with -o github alone', async () => {
  const file = join(fresh(), 'summary.md');
  writeFileSync(file, 'before\n');
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file };
  await cli(stale, { env });
  assert.equal(readFileSync(file, 'utf8'), 'before\n');
  const { exitCode } = await cli([...stale, '-o', 'github'], { env });
  assert.equal(exitCode, 1);
  assert.match(readFileSync(file, 'utf8'), /^before\n### kubectl proxyrules: Explain\n\n1 critical\.\n/);
});

test('in the log of a step no text of ours or of the input is a command', async () => {
  const rules = join(fresh(), '##[error]rules');
  for (const env of [{ GITHUB_ACTIONS: 'true' }, {}]) {
    const { stderr } = await cli(['backends', '--no-cluster', '--rules', rules], { env });
    assert.equal(annotationsOf(stderr).length, env.GITHUB_ACTIONS === undefined ? 1 : 0);
    const { stdout } = await cli([...stale, '-o', 'json', '--suppress', 'KPR9*=Node/##[error]x'], { env });
    assert.equal(annotationsOf(stdout).length, env.GITHUB_ACTIONS === undefined ? 1 : 0);
    assert.match(JSON.stringify(JSON.parse(stdout).meta.notes), /##\[error\]x/);
  }
});

test('a text has its path where it lies below the working directory', () => {
  const places = (options: Parameters<typeof textPlaces>[0]) =>
    textPlaces(options, 'n', '/w/repo').map(({ family, path }) => `${family} ${path}`);
  assert.deepEqual(places({ rules: 'a/b.txt', rules6: './c.txt' }), ['IPv4 a/b.txt', 'IPv6 c.txt']);
  assert.deepEqual(places({ rules: '/w/repo/x', rules6: '/elsewhere/y' }), ['IPv4 x']);
  assert.deepEqual(places({ rules: '-', rules6: '../z' }), []);
  assert.deepEqual(places({ rules: '..x' }), ['IPv4 ..x']);
  assert.deepEqual(places({ capture: 'caps/n' }), ['IPv4 caps/n/iptables-save.txt', 'IPv6 caps/n/ip6tables-save.txt']);
  assert.deepEqual(places({ capture: 'n.tgz' }), []);
  assert.deepEqual(places({}), []);
});

test('findings of saved rules stand in the file that was given', async () => {
  const rules = [
    '--rules',
    join('src', 'demo', 'iptables-save.txt'),
    '--objects',
    join('src', 'demo', 'objects.json'),
    '--node-name',
    'node-a',
  ];
  const { stdout } = await cli(['explain', 'svc/web', ...rules, '-o', 'sarif']);
  assert.equal(
    runOf(stdout).results[0]?.locations[0].physicalLocation.artifactLocation.uri,
    'src/demo/iptables-save.txt',
  );
});
