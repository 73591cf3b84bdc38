// What a suppression matches, until when, and what is told of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, type Suppression, suppress } from '../../src/analyses/suppress.ts';
import type { Finding } from '../../src/report/finding.ts';
import type { Report } from '../../src/report/report.ts';

const finding: Finding = {
  code: 'KPR201',
  severity: 'critical',
  node: 'node-a',
  subject: { kind: 'Service', namespace: 'shop', name: 'web', port: 'http', protocol: 'TCP' },
  message: '',
  evidence: [],
  remedy: '',
};
const ofNode: Finding = {
  ...finding,
  code: 'KPR305',
  subject: { kind: 'Node', namespace: '', name: 'node-a', port: '', protocol: '' },
};
const report: Report = {
  kind: 'Drift',
  meta: { tool: '1', notes: ['before'] },
  data: {},
  findings: [finding, ofNode],
  blocks: [],
  suites: [{ name: 'node-a', cases: [{ group: 'shop/web', name: 'http', outcome: 'failed', findings: [finding] }] }],
};
const noon = Date.parse('2026-05-31T12:00:00Z');
const known = (more: Partial<Suppression>): Suppression => ({
  code: 'KPR201',
  subject: 'Service/shop/web',
  reason: 'moves',
  by: 'f line 1',
  ...more,
});
const codes = (...all: readonly Suppression[]) =>
  suppress(report, all, noon).findings.flatMap(({ code, suppressed }) => (suppressed === undefined ? [] : [code]));

const table: readonly (readonly [Partial<Suppression>, readonly string[]])[] = [
  [{}, ['KPR201']],
  [{ code: 'KPR2*' }, ['KPR201']],
  [{ code: 'KPR*1' }, ['KPR201']],
  [{ code: 'KPR20' }, []],
  [{ code: 'KPR2011' }, []],
  [{ code: '*', subject: '*/*/*' }, ['KPR201', 'KPR305']],
  [{ code: '*', subject: '*/*' }, ['KPR305']],
  [{ code: 'KPR305', subject: 'Node/node-a' }, ['KPR305']],
  [{ code: 'KPR305', subject: 'Node/node-*' }, ['KPR305']],
  [{ code: 'KPR305', subject: 'Node/x/node-a' }, []],
  [{ subject: 'Service/*/web' }, ['KPR201']],
  [{ subject: 'Service/s*p/w*b' }, ['KPR201']],
  [{ subject: 'Service/sh*hop/web' }, []],
  [{ subject: 'Service/shop/*web*' }, ['KPR201']],
  [{ subject: 'Service/shop/*b*w*' }, []],
  [{ subject: 'Service/shop' }, []],
  [{ subject: 'Service/shop/web/x' }, []],
  [{ subject: 'service/shop/web' }, []],
  [{ subject: 'Service/shop/we.' }, []],
  [{ node: 'node-a' }, ['KPR201']],
  [{ node: 'node-b' }, []],
  [{ node: '*-a' }, ['KPR201']],
  [{ expires: '2026-05-31' }, ['KPR201']],
  [{ expires: '2026-05-30' }, []],
  [{ expires: '2026-05-31T12:00:01Z' }, ['KPR201']],
  [{ expires: '2026-05-31T12:00:00Z' }, []],
  [{ expires: '2026-05-31T13:00:00+02:00' }, []],
  [{ expires: 'never' }, []],
];

for (const [more, expected] of table) {
  test(`${JSON.stringify(more)} suppresses ${expected.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(codes(known(more)), expected));
}

test('the finding tells why, until when and by whom, in the list and in its suite', () => {
  const { findings, suites } = suppress(report, [known({ expires: '2026-12-31' })], noon);
  const suppressed = { reason: 'moves', expires: '2026-12-31', by: 'f line 1' };
  assert.deepEqual(findings, [{ ...finding, suppressed }, ofNode]);
  assert.deepEqual(suites?.[0]?.cases[0]?.findings, [{ ...finding, suppressed }]);
  assert.deepEqual(suppress(report, [known({})], noon).findings[0]?.suppressed, { reason: 'moves', by: 'f line 1' });
});

test('the first that matches and has not expired is the one', () => {
  const all = [known({ expires: '2026-01-01', by: 'a' }), known({ by: 'b' }), known({ by: 'c' })];
  assert.equal(suppress(report, all, noon).findings[0]?.suppressed?.by, 'b');
});

test('notes tell what expired and what matched nothing', () => {
  const notes = (more: Partial<Suppression>) => suppress(report, [known(more)], noon).meta.notes;
  assert.deepEqual(notes({}), ['before']);
  assert.deepEqual(notes({ expires: '2026-05-30' }), [
    'before',
    'suppression of KPR201 for Service/shop/web expired on 2026-05-30 (f line 1): it counts again',
  ]);
  assert.deepEqual(notes({ expires: '2026-05-30', subject: 'Node/x' }), [
    'before',
    'suppression of KPR201 for Node/x expired on 2026-05-30 (f line 1): it matches nothing now',
  ]);
  assert.deepEqual(notes({ subject: 'Node/x' }), [
    'before',
    'suppression of KPR201 for Node/x (f line 1) matched no finding',
  ]);
});

test('without suppressions the report is the same', () => {
  assert.equal(suppress(report, [], noon), report);
});

test('a date is its whole day in UTC; what is no time is none', () => {
  assert.equal(endOf('2026-12-31'), Date.parse('2027-01-01T00:00:00Z'));
  assert.equal(endOf('2028-02-29t10:00:00.5z'), Date.parse('2028-02-29T10:00:00.500Z'));
  assert.equal(endOf('2026-05-31T10:00:00+02:00'), Date.parse('2026-05-31T08:00:00Z'));
  for (const text of [
    '',
    '2026',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30T00:00:00Z',
    '2026-05-31T25:00:00Z',
    '31.12.2026',
    '2026-05-31T10:00',
    '2026-05-31 10:00:00Z',
    'tomorrow',
  ])
    assert.equal(endOf(text), undefined, text);
});

test('a pattern of many wildcards takes no time to speak of', () => {
  const long = { ...finding, subject: { ...finding.subject, name: 'a'.repeat(50_000) } };
  const started = performance.now();
  const all = [known({ subject: `Service/shop/${'a*'.repeat(2_000)}b` })];
  assert.equal(suppress({ ...report, findings: [long], suites: [] }, all, noon).findings[0]?.suppressed, undefined);
  assert.ok(performance.now() - started < 1000);
});
