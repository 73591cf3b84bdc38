// `--suppress` and `--suppressions FILE` on whole commands: what is said, and what counts for the exit code.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSuppressions } from '../../src/commands/suppressions-file.ts';
import { InputError } from '../../src/errors.ts';
import { cli, documentOf } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-suppress-'));
after(() => rmSync(folder, { recursive: true }));
const saved = (text: string) => {
  const path = join(folder, 'known.yaml');
  writeFileSync(path, text);
  return ['--suppressions', path];
};
const stale = ['explain', 'svc/web', '--demo'];
const web = 'KPR201=Service/default/web';
const now = () => Date.parse('2026-11-21T12:00:00Z');

for (const verb of [stale, ['backends', 'svc/web', '--demo'], ['graph', 'svc/web', '--demo']]) {
  test(`${verb[0]}: what is suppressed does not count`, async () => {
    if (verb[0] !== 'graph') assert.equal((await cli(verb)).exitCode, 1);
    assert.equal((await cli([...verb, '--suppress', web])).exitCode, 0);
  });
}

test('another finding still counts, and --fail-on as well', async () => {
  assert.equal((await cli([...stale, '--suppress', 'KPR202=Service/default/web'])).exitCode, 1);
  assert.equal((await cli([...stale, '--suppress', web, '--fail-on', 'info'])).exitCode, 0);
});

test('it is printed, marked, and JSON has it behind the other fields', async () => {
  const { stdout } = await cli([...stale, '--suppress', web]);
  assert.match(
    stdout,
    /KPR201 critical {2}Service default\/web:http\/TCP on node-a {2}\(suppressed\)\n {4}suppressed by --suppress: given on the command line\n/,
  );
  const [finding = {}] = documentOf(await cli([...stale, '--suppress', web, '-o', 'json'])).findings;
  assert.deepEqual(Object.keys(finding), [
    'code',
    'severity',
    'node',
    'subject',
    'message',
    'evidence',
    'remedy',
    'suppressed',
  ]);
});

test('a file: reason, line and expiry are told; an expired entry counts again', async () => {
  const entry = (expires: string) =>
    `# known\n- {code: kpr201, subject: Service/default/web, reason: moves, expires: ${expires}}\n`;
  const holds = await cli([...stale, ...saved(entry('2026-11-21'))], { now });
  assert.equal(holds.exitCode, 0, holds.stderr);
  assert.match(holds.stdout, /suppressed until 2026-11-21 by \S+known\.yaml line 2: moves/);
  const expired = await cli([...stale, ...saved(entry('2026-11-20'))], { now });
  assert.equal(expired.exitCode, 1);
  assert.match(
    expired.stderr,
    /^note: suppression of KPR201 for Service\/default\/web expired on 2026-11-20 \(\S+ line 2\): it counts again\n/,
  );
});

test('what matched nothing is a note', async () => {
  const { stderr } = await cli([...stale, '--suppress', 'KPR3*=Node/*']);
  assert.match(stderr, /^note: suppression of KPR3\* for Node\/\* \(--suppress\) matched no finding\n/);
});

for (const value of [
  '',
  'KPR201',
  '=Service/a/b',
  'KPR201=',
  'KPR201=Service',
  'KPR201=a/b/c/d',
  'KPR201=Service//x',
  'X=Node/a',
  'KPR2011=Node/a',
]) {
  test(`--suppress ${JSON.stringify(value)} is wrong usage`, async () => {
    const { exitCode, stderr } = await cli([...stale, '--suppress', value]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /CODE=Kind\/NAMESPACE\/NAME/);
  });
}

test('a file that is not there', async () => {
  const { exitCode, stderr } = await cli([...stale, '--suppressions', join(folder, 'none')]);
  assert.equal(exitCode, 5);
  assert.match(stderr, /no such file/);
});

const good = '- code: KPR201\n  subject: Service/shop/web\n  reason: x\n';
const bad: readonly (readonly [string, string, RegExp])[] = [
  ['empty', '', /f is not a list/],
  ['a mapping', 'code: KPR201\n', /f is not a list/],
  ['broken YAML', `${good}- {code: [}\n`, /f line 4 is neither YAML nor JSON/],
  ['an unquoted star', `${good}- code: KPR201\n  subject: *\n`, /f line 5 is neither/],
  ['a text as an entry', `${good}- KPR201\n`, /f line 4: entry 2 has no fields/],
  ['no code', '- subject: Node/a\n  reason: x\n', /f line 1: entry 1 has no code/],
  ['no subject', '- code: KPR201\n  reason: x\n', /entry 1 has no subject/],
  ['no reason', `${good}- code: KPR201\n  subject: Node/a\n`, /f line 4: entry 2 has no reason/],
  ['a blank reason', '- {code: KPR201, subject: Node/a, reason: " "}', /entry 1 has no reason/],
  ['an unknown field', `${good}  until: x\n`, /entry 1 has a field "until"/],
  ['a field twice', `${good}  reason: y\n`, /line 4 is neither/],
  ['a number', '- {code: 201, subject: Node/a, reason: x}', /"code" of entry 1 is not a text/],
  ['no code at all', '- {code: NOPE, subject: Node/a, reason: x}', /"NOPE" is no code/],
  ['no subject form', '- {code: KPR201, subject: web, reason: x}', /"web" is no subject/],
  ['no date', `${good}  expires: 31.12.2026\n`, /entry 1: "31\.12\.2026" is no date/],
  ['a date that is none', `${good}  expires: 2026-02-30\n`, /no date/],
  ['an alias bomb', `- &a [x]\n- *a\n`, /entry 1 has no fields/],
  ['too large', `# ${'x'.repeat(1_000_001)}`, /too large/],
];

for (const [name, text, says] of bad) {
  test(`a file with ${name} is refused, with the line and what to write`, async () => {
    await assert.rejects(readSuppressions('f', text), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, says);
      assert.match(error.hint ?? '', /code, subject and reason/);
      return true;
    });
  });
}

test('JSON is read as YAML is, tabs included', async () => {
  const entries = [
    { code: 'KPR2*', subject: 'Service/*/*', node: 'node-*', reason: 'x', expires: '2026-12-31T00:00:00Z' },
  ];
  for (const indent of [undefined, 2, '\t']) {
    const [read] = await readSuppressions('f', JSON.stringify(entries, undefined, indent));
    assert.deepEqual({ ...read, by: '' }, { ...entries[0], by: '' });
  }
});
