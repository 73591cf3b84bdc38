// Laws for every renderer in the registry: a new format is tried as soon as it has its line there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formats, formatsOf, isFormat, rendererOf } from '../../src/renderers/index.ts';
import type { Format, Style } from '../../src/renderers/renderer.ts';
import type { Report } from '../../src/report/report.ts';
import * as hostile from './hostile.ts';
import { readers } from './readers.ts';
import { empty, sample } from './sample.ts';

const styles: readonly Style[] = [
  { width: undefined, color: false, wide: false },
  { width: undefined, color: true, wide: true },
  { width: 80, color: false, wide: false },
  { width: 80, color: true, wide: false },
  { width: 120, color: true, wide: true },
  { width: 7, color: false, wide: false },
];

async function print(format: Format, report: Report, style: Style): Promise<string> {
  return (await rendererOf(format)).render(report, style);
}

for (const format of formats) {
  test(`${format}: is registered under its own name and part`, async () => {
    const renderer = await rendererOf(format);
    assert.equal(renderer.format, format);
    assert.ok(formatsOf([renderer.part]).includes(format));
  });

  test(`${format}: ends with one newline, is stable, and a reader of the format accepts it`, async () => {
    for (const report of [sample, empty]) {
      for (const style of styles) {
        const output = await print(format, report, style);
        assert.match(output, /[^\n]\n$/);
        assert.equal(await print(format, structuredClone(report), style), output);
        await readers[format](output, report);
      }
    }
  });

  test(`${format}: nothing a cluster wrote reaches the terminal as a control, or leaves its place`, async () => {
    await fc.assert(
      fc.asyncProperty(hostile.report, fc.constantFrom(...styles), async (report, style) => {
        const output = await print(format, report, style);
        assert.match(output, /[^\n]\n$/);
        assert.doesNotMatch(withoutColor(output, style), dangerous);
        await readers[format](output, report);
      }),
      { numRuns: 150 },
    );
  });
}

// Written from the list of what must not pass, not from the expression under test.
const dangerous =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|\p{Variation_Selector}|[\u{e0000}-\u{e0fff}]/u;

function withoutColor(output: string, { color }: Style): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours
  return color ? output.replace(/\x1b\[(?:1|2|22|3[1-3]|39)m/g, '') : output;
}

test('a command offers the formats whose part its report has', () => {
  assert.deepEqual(formatsOf(['data', 'blocks']), ['table', 'wide', 'json', 'yaml']);
  assert.deepEqual(formatsOf(['graph']), ['mermaid', 'dot', 'svg']);
  assert.deepEqual(formatsOf(['suites']), ['junit']);
  assert.deepEqual(formatsOf(['findings']), ['sarif', 'github']);
});

test('only a registered name is a format', () => {
  assert.ok(isFormat('json'));
  for (const name of ['', 'JSON', 'toString', '__proto__', 'xml']) assert.ok(!isFormat(name), name);
});
