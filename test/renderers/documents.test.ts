import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { rendererOf } from '../../src/renderers/index.ts';
import type { Format } from '../../src/renderers/renderer.ts';
import type { Report } from '../../src/report/report.ts';
import { empty, sample } from './sample.ts';

async function print(format: Format, report: Report): Promise<string> {
  return (await rendererOf(format)).render(report, { width: 80, color: true, wide: true });
}

test('a document begins with its version, kind and meta, whatever the data is called', async () => {
  const output = await print('json', { ...empty, data: { kind: 'Evil', apiVersion: 'v1', nodes: [] } });
  assert.equal(
    output.replace(/\s+/g, ''),
    '{"apiVersion":"proxyrules/v1","kind":"Drift","meta":{"tool":"0.1.0","notes":[]},"nodes":[],"findings":[]}',
  );
});

test('findings keep the place the report gave them', async () => {
  const document = JSON.parse(await print('json', { ...sample, data: { findings: ['own'], z: 1 } }));
  assert.deepEqual(document.findings, ['own']);
  assert.deepEqual(Object.keys(document), ['apiVersion', 'kind', 'meta', 'findings', 'z']);
});

test('a finding has the fields of the contract in their order', async () => {
  const [finding] = JSON.parse(await print('json', sample)).findings;
  assert.deepEqual(Object.keys(finding), ['code', 'severity', 'node', 'subject', 'message', 'evidence', 'remedy']);
});

test('a probability is a number to the last digit', async () => {
  for (const format of ['json', 'yaml'] as const) {
    const output = await print(format, { ...empty, data: { probability: 1 / 3, ruleProbability: 0.33333333349 } });
    assert.match(output, /probability"?: 0\.3333333333333333\b/);
    assert.match(output, /ruleProbability"?: 0\.33333333349\b/);
  }
});

test('hidden characters are escapes of the format and read back', async () => {
  const data = { text: 'a\u202eb\x9b\u2028\u{e0041}', 'key\u200b': 'x' };
  const [json, yaml] = [await print('json', { ...empty, data }), await print('yaml', { ...empty, data })];
  assert.match(json, /"a\\u202eb\\u009b\\u2028\\udb40\\udc41"/);
  assert.match(yaml, /"a\\u202eb\\u009b\\u2028\\U000e0041"/);
  assert.equal(JSON.parse(json).text, data.text);
  assert.equal(parse(yaml)['key\u200b'], 'x');
});

test('YAML means the same to a reader of YAML 1.1, such as kubectl', async () => {
  const data = { a: 'yes', b: 'off', c: '0o7', d: '1:30', e: '2024-01-01', f: '~', g: '1_000', h: '.inf' };
  const output = await print('yaml', { ...empty, data });
  const { apiVersion, kind, meta, findings, ...rest } = parse(output, { version: '1.1' });
  assert.deepEqual(rest, data);
  assert.deepEqual([apiVersion, kind, meta, findings], ['proxyrules/v1', 'Drift', empty.meta, []]);
});

test('a value that stands twice is printed twice, not as a reference', async () => {
  const same = { name: 'node-1' };
  assert.doesNotMatch(await print('yaml', { ...empty, data: { a: same, b: same } }), /[&*]a/);
});
