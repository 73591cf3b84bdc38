// JUnit XML against a schema and a real XML parser, and what each outcome becomes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { validateXML } from 'xmllint-wasm';
import { junit } from '../../src/renderers/junit.ts';
import { visible } from '../../src/renderers/visible.ts';
import type { Finding } from '../../src/report/finding.ts';
import type { Case, Report } from '../../src/report/report.ts';
import * as hostile from './hostile.ts';
import { empty, sample } from './sample.ts';
import { readXml } from './xml.ts';

const style = { width: undefined, color: false, wide: false };
const print = (report: Report) => String(junit.render(report, style));
const printCase = (one: Partial<Case>) =>
  print({
    ...empty,
    suites: [{ name: 'n', cases: [{ group: 'a/b', name: 'c', outcome: 'passed', findings: [], ...one }] }],
  });

const schema = readFileSync(new URL('../fixtures/schemas/junit.xsd', import.meta.url), 'utf8');

async function validate(outputs: readonly string[]): Promise<readonly string[]> {
  const xml = outputs.map((contents, at) => ({ fileName: `${at}.xml`, contents }));
  const { errors } = await validateXML({ xml, schema: { fileName: 'junit.xsd', contents: schema } });
  return errors.map(({ rawMessage }) => rawMessage);
}

test('the schema accepts every report, whatever a cluster wrote', async () => {
  const reports = [sample, empty, ...fc.sample(hostile.report, { numRuns: 150, seed: 7 })];
  assert.deepEqual(await validate(reports.map(print)), []);
});

test('the schema can refuse', async () => {
  const output = print(sample);
  for (const [from, to] of [
    ['<properties>', '<properties x="">'],
    ['tests="5"', 'tests="five"'],
    ['<skipped', '<ignored'],
    ['-&gt;', '-<'],
  ] as const) {
    const broken = output.replace(from, to);
    assert.notEqual(broken, output, from);
    assert.notDeepEqual(await validate([broken]), [], from);
  }
  assert.notDeepEqual(await validate([output.replace('<testsuites', '\x07<testsuites')]), []);
});

test('every text reads back as it is shown', () => {
  fc.assert(
    fc.property(hostile.text, hostile.text, hostile.text, (group, name, reason) => {
      const { attributes } = readXml(withoutHead(printCase({ group, name, outcome: 'unknown', reason })));
      const values = new Map(attributes);
      assert.equal(values.get('testcase classname'), visible(group));
      assert.equal(values.get('testcase name'), visible(name));
      assert.equal(values.get('error message'), visible(reason));
    }),
  );
});

const [finding, milder] = sample.findings as readonly [Finding, Finding];
const suppressed = { reason: 'known since May', by: '--suppress' };

const outcomes: readonly (readonly [string, Partial<Case>, RegExp])[] = [
  ['passed', {}, /<testcase classname="a\/b" name="c"\/>/],
  ['passed with a suppressed finding', { findings: [{ ...finding, suppressed }] }, /<testcase [^>]*\/>/],
  [
    'failed',
    { outcome: 'failed', findings: [finding] },
    /<failure message="33\.3% of [^"]*" type="KPR201">KPR201 critical: Stale endpoint\n/,
  ],
  [
    'failed by two',
    { outcome: 'failed', findings: [milder, finding] },
    /<failure message="33\.3% [^"]*\(and 1 more\)" type="KPR201">KPR399 warning[\s\S]*KPR201/,
  ],
  [
    'failed, one suppressed',
    { outcome: 'failed', findings: [{ ...finding, suppressed }, milder] },
    /<failure message="Docker put[^"]*rule before KUBE-SERVICES\." type="KPR399">KPR399/,
  ],
  [
    'failed, all suppressed',
    { outcome: 'failed', findings: [{ ...finding, suppressed }] },
    /<skipped message="suppressed: KPR201: known since May"\/>/,
  ],
  ['failed without a finding', { outcome: 'failed', reason: 'so' }, /<failure message="so" type="failed"\/>/],
  ['unknown', { outcome: 'unknown', reason: 'cut' }, /<error message="cut" type="unknown"\/>/],
  ['unsettled', { outcome: 'unsettled' }, /<skipped message="it changed while it was read"\/>/],
];

for (const [name, one, expected] of outcomes) {
  test(`${name}`, () => assert.match(printCase(one), expected));
}

test('counts are those of the elements, in each suite and in all', () => {
  const output = print(sample);
  assert.match(output, /<testsuites [^>]*tests="5" failures="2" errors="1" skipped="1">/);
  assert.match(output, /<testsuite name="node-3" tests="4" failures="2" errors="0" skipped="1">/);
  assert.match(output, /<testsuite name="node-4" tests="1" failures="0" errors="1" skipped="0">/);
});

test('a suite tells what it rests on: its own facts, or those of the report', () => {
  const properties = (report: Report) =>
    readXml(withoutHead(print(report)))
      .attributes.filter(([name]) => name.startsWith('property '))
      .map(([, value]) => value);
  assert.deepEqual(properties(sample), [
    'tool',
    '0.1.0',
    'mode',
    'iptables',
    'release',
    'v1.34',
    'source',
    'proxy-pod',
    'tool',
    '0.1.0',
  ]);
  const meta = { ...empty.meta, mode: 'iptables', release: 'v1.30', source: 'files', node: 'n', other: 1 };
  assert.deepEqual(properties({ ...empty, meta, suites: [{ name: 'n', cases: [] }] }), [
    'tool',
    '0.1.0',
    'mode',
    'iptables',
    'release',
    'v1.30',
    'source',
    'files',
  ]);
});

test('nobody measured times, so none are told', () => {
  assert.doesNotMatch(print(sample), / time(?:stamp)?=/);
});

test('the whole of it', (t) => {
  t.assert.fileSnapshot(print(sample), new URL('./golden/sample.junit.xml', import.meta.url).pathname, {
    serializers: [String],
  });
});

function withoutHead(output: string): string {
  return output.replace(/^<\?xml[^>]*>\n/, '');
}
