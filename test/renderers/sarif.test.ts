// SARIF for GitHub's code scanning: the standard's schema and code scanning's own limits (both in sarif-reader.ts), and
// what must stay the same from run to run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sarif } from '../../src/renderers/sarif.ts';
import { findingCodes } from '../../src/report/catalogue.ts';
import type { Finding } from '../../src/report/finding.ts';
import type { Report } from '../../src/report/report.ts';
import * as hostile from './hostile.ts';
import { empty, sample } from './sample.ts';
import { readSarif, runOf } from './sarif-reader.ts';

const print = (report: Report) => String(sarif.render(report, { width: undefined, color: false, wide: false }));
const run = (report: Report) => runOf(print(report));
const [finding] = sample.findings as readonly [Finding];
const of = (...findings: readonly Finding[]): Report => ({ ...empty, findings });
const printsOf = (...findings: readonly Finding[]) =>
  run(of(...findings)).results.map((result) => result.partialFingerprints.primaryLocationLineHash);

test('the schema can refuse', () => {
  const output = print(sample);
  for (const [from, to] of [
    ['"level": "error"', '"level": "critical"'],
    ['"startLine": 1204', '"startLine": 0'],
    ['"version": "2.1.0"', '"version": "2.2.0"'],
    ['"partialFingerprints"', '"fingerprintsOfParts"'],
  ] as const) {
    assert.ok(output.includes(from), from);
    assert.throws(() => readSarif(output.replace(from, to), sample), from);
  }
});

test('every code of the catalogue is a rule within the limits of code scanning', () => {
  const { rules } = run(empty).tool.driver;
  assert.deepEqual(
    rules.map(({ id }) => id),
    findingCodes,
  );
  for (const { id, shortDescription, fullDescription, help, helpUri, properties, defaultConfiguration } of rules) {
    assert.ok(shortDescription.text.length > 0 && shortDescription.text.length <= 1024, id);
    assert.ok(fullDescription.text.length > 0 && fullDescription.text.length <= 1024, id);
    assert.ok(help.text !== '' && help.markdown !== '', id);
    assert.ok(properties.tags.length <= 10, id);
    assert.ok(['very-high', 'high', 'medium', 'low'].includes(properties.precision), id);
    assert.ok(['error', 'warning', 'note'].includes(defaultConfiguration.level), id);
    if (helpUri !== undefined) assert.equal(new URL(helpUri).protocol, 'https:', id);
    // Outside of code and links, Markdown would take an angle bracket for HTML.
    assert.doesNotMatch(help.markdown.replace(/`[^`\n]*`|<https:[^>\s]*>/g, ''), /[<>`]/, id);
  }
});

test('severities are levels', () => {
  const levels = (['critical', 'warning', 'info'] as const).map(
    (severity) => run(of({ ...finding, severity })).results[0]?.level,
  );
  assert.deepEqual(levels, ['error', 'warning', 'note']);
});

const place = (report: Report) => {
  const physical = run(report).results[0]?.locations[0].physicalLocation;
  return [physical?.artifactLocation.uri, physical?.region.startLine];
};

test('a result stands on its line of the saved text, or of the file that capture would write', () => {
  const [cited] = finding.evidence;
  assert.ok(cited?.kind === 'rule');
  const six = { ...finding, evidence: [{ ...cited, family: 'IPv6' }] };
  const told = finding.evidence.filter(({ kind }) => kind === 'object');
  const texts = sample.texts ?? [];
  assert.deepEqual(place({ ...of(finding), texts }), ['captures/node%203/iptables-save.txt', 1204]);
  assert.deepEqual(place({ ...of(six), texts }), ['nodes/node-3/ip6tables-save.txt', 1204]);
  assert.deepEqual(place(of({ ...finding, evidence: told })), ['nodes/node-3/iptables-save.txt', 1]);
  for (const [node, folder] of [
    ['', 'unnamed'],
    ['..', 'unnamed'],
    ['a/../../b', 'a%252F..%252F..%252Fb'],
    ['https://x', 'https%253A%252F%252Fx'],
  ]) {
    assert.deepEqual(place(of({ ...finding, node: node ?? '' })), [`nodes/${folder}/iptables-save.txt`, 1204]);
  }
});

test('a fingerprint is of the code and its subject: figures, lines and texts may change', () => {
  const [print] = printsOf(finding);
  const rule = finding.evidence.find(({ kind }) => kind === 'rule') as Extract<
    Finding['evidence'][number],
    { kind: 'rule' }
  >;
  const later: Finding = {
    ...finding,
    severity: 'warning',
    message: '20% of new connections',
    evidence: [{ ...rule, line: 7, index: 1, chain: 'KUBE-SVC-X', text: '[5:300] -A KUBE-SVC-X' }],
    remedy: '',
    suppressed: { reason: 'x', by: 'y' },
  };
  assert.deepEqual(printsOf(later), [print]);
  const others: readonly Finding[] = [
    { ...finding, code: 'KPR202' },
    { ...finding, node: 'node-4' },
    ...(['kind', 'namespace', 'name', 'port', 'protocol'] as const).map((field) => ({
      ...finding,
      subject: { ...finding.subject, [field]: 'other' },
    })),
    { ...finding, evidence: [{ ...rule, family: 'IPv6' }] },
  ];
  assert.equal(new Set([print, ...others.flatMap((other) => printsOf(other))]).size, others.length + 1);
  // Of a published fingerprint every alert hangs: it may not change with a release.
  assert.equal(print, '64e8af501588cf7be624172bd9ba5e26:1');
});

test('two findings that differ in nothing that counts have a number each', () => {
  const [first = '', second] = printsOf(finding, { ...finding, message: 'another' });
  assert.match(first, /:1$/);
  assert.equal(second, first.replace(/1$/, '2'));
});

test('a suppressed finding is a suppressed result', () => {
  const suppressed = { reason: 'moves in May', expires: '2026-05-31', by: 'known.yaml line 3' };
  const [result] = run(of({ ...finding, suppressed })).results;
  assert.deepEqual(result?.suppressions, [
    { kind: 'external', status: 'accepted', justification: 'moves in May (known.yaml line 3, until 2026-05-31)' },
  ]);
  assert.equal(run(of(finding)).results[0]?.suppressions, undefined);
});

test('the gravest come first, and no more than a run may hold', () => {
  const many = Array.from(
    { length: 25_001 },
    (_, at): Finding => ({
      ...finding,
      severity: at === 25_000 ? 'critical' : 'info',
      evidence: [],
      node: `node-${at}`,
    }),
  );
  const { results, invocations } = run(of(...many));
  assert.equal(results.length, 25_000);
  assert.equal(results[0]?.level, 'error');
  assert.match(JSON.stringify(invocations[0].toolExecutionNotifications), /1 more results are left out/);
});

test('a message has no link and no placeholder, and is cut between characters', () => {
  const text = (message: string) => run(of({ ...finding, message })).results[0]?.message.text;
  assert.equal(text('[x](https://evil) {0}'), '[x] (https://evil) {{0}}');
  assert.equal(text(`${'a'.repeat(1022)}😀b`), `${'a'.repeat(1022)}…`);
  assert.equal(text(''), 'Service shop/web:http/TCP');
});

test('notes and what was not judged are notifications; a failed run says so and has no results', () => {
  assert.deepEqual(
    run(sample).invocations[0].toolExecutionNotifications?.map(({ level, message }) => [level, message.text]),
    [
      ['warning', 'node-4: 1 of 1 not judged: its text was cut'],
      ['note', 'Read by exec in kube-system/kube-proxy-x7k2 on node-3.'],
    ],
  );
  const failed = run({ ...empty, failure: { code: 'X', message: 'no route', hint: 'Try again' } });
  assert.equal(failed.invocations[0].executionSuccessful, false);
  assert.deepEqual(failed.invocations[0].toolExecutionNotifications, [
    { level: 'error', message: { text: 'no route. Try again' }, descriptor: { id: 'X' } },
  ]);
  assert.deepEqual(failed.results, []);
});

test('the same question is one category', () => {
  assert.equal(run(sample).automationDetails.id, 'kubectl-proxyrules/explain/');
});

test('an empty run that was hostile is read too', () => {
  fc.assert(
    fc.property(hostile.report, (report) =>
      readSarif(print({ ...report, failure: { code: '', message: '' } }), {
        ...report,
        failure: { code: '', message: '' },
      }),
    ),
    { numRuns: 50 },
  );
});

test('the results of the sample, whole', (t) => {
  const { tool, ...rest } = run(sample);
  const { rules, ...driver } = tool.driver;
  const shown = { ...rest, driver, rule: rules.find(({ id }) => id === 'KPR201') };
  t.assert.fileSnapshot(
    `${JSON.stringify(shown, undefined, 2)}\n`,
    new URL('./golden/sample.sarif.txt', import.meta.url).pathname,
    { serializers: [String] },
  );
});
