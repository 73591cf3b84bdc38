// What a person sees, whole, in test/renderers/golden; and the laws of the text that no golden output can show.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { rendererOf } from '../../src/renderers/index.ts';
import type { Format } from '../../src/renderers/renderer.ts';
import type { Block, Report } from '../../src/report/report.ts';
import * as hostile from './hostile.ts';
import { empty, sample } from './sample.ts';

async function print(report: Report, format: Format = 'table', width?: number, color = false): Promise<string> {
  return (await rendererOf(format)).render(report, { width, color, wide: false });
}

function printBlocks(...blocks: readonly Block[]): Promise<string> {
  return print({ ...empty, blocks });
}

const goldens: readonly (readonly [file: string, format: Format, width: number | undefined, color: boolean])[] = [
  ['table-piped.txt', 'table', undefined, false],
  ['table-80.txt', 'table', 80, false],
  ['table-120.txt', 'table', 120, false],
  ['table-80-color.txt', 'table', 80, true],
  ['wide-piped.txt', 'wide', undefined, false],
  ['wide-120.txt', 'wide', 120, false],
  ['sample.json.txt', 'json', undefined, false],
  ['sample.yaml', 'yaml', undefined, false],
  ['sample.mmd', 'mermaid', undefined, false],
  ['sample.dot', 'dot', undefined, false],
  ['sample.svg', 'svg', undefined, false],
];

for (const [file, format, width, color] of goldens) {
  test(`golden: ${file}`, async (t) => {
    t.assert.fileSnapshot(await print(sample, format, width, color), join(import.meta.dirname, 'golden', file), {
      serializers: [(value) => value],
    });
  });
}

test('the first line carries the whole verdict when piped', async () => {
  assert.match(await print(sample), /^DEGRADED: shop\/web:http .* kube-proxy is at fault\.\n/);
});

test('an empty report says so', async () => assert.equal(await print(empty), 'nothing found\n'));

test('an empty table, list or set of rules says so', async () => {
  const heading = { kind: 'heading', text: 'Backends' } as const;
  const none = 'Backends\n  none\n';
  assert.equal(await printBlocks(heading, { kind: 'table', columns: [{ title: 'Address' }], rows: [] }), none);
  assert.equal(await printBlocks(heading, { kind: 'list', items: [] }), none);
  assert.equal(await printBlocks(heading, { kind: 'rules', rules: [] }), none);
});

test('a report without headings begins at the margin, for awk', async () => {
  const output = await printBlocks({
    kind: 'table',
    columns: [{ title: 'Node' }, { title: 'State' }],
    rows: [['node-1', 'SYNCED']],
  });
  assert.equal(output, 'NODE     STATE\nnode-1   SYNCED\n');
});

test('a rule is one line when piped, whatever its length, exactly as it was read', async () => {
  const text = `-A KUBE-SVC-X -m comment --comment "${'a b '.repeat(200)}" -j KUBE-SEP-Y`;
  assert.equal(await printBlocks({ kind: 'rules', rules: [{ place: 'nat:7', text }] }), `nat:7  ${text}\n`);
});

test('wide blocks and columns are shown by wide only', async () => {
  assert.doesNotMatch(await print(sample), /Affinity|CHAIN/);
  assert.match(await print(sample, 'wide'), /CHAIN[\s\S]*Affinity/);
});

test('colour changes nothing but the colour', async () => {
  await fc.assert(
    fc.asyncProperty(hostile.report, fc.constantFrom(undefined, 40, 80), async (report, width) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
      const stripped = (await print(report, 'wide', width, true)).replace(/\x1b\[\d+m/g, '');
      assert.equal(stripped, await print(report, 'wide', width, false));
    }),
  );
});

test('twenty thousand backends take less than a few seconds', async () => {
  const rows = Array.from({ length: 20_000 }, (_, at) => [
    `10.244.${at >> 8}.${at & 255}:8080`,
    `shop/web-${at}`,
    'node-1',
    '0.1%',
    'ready',
  ]);
  const columns = ['Address', 'Pod', 'Node', 'Share', 'State'].map((title) => ({ title }));
  await print({ ...empty, blocks: [{ kind: 'table', columns, rows }] }, 'table', 60);
});
