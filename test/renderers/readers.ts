// A real reader for each format, and what it must find in the text of a report.
import assert from 'node:assert/strict';
import { instance } from '@viz-js/viz';
import { parse } from 'yaml';
import type { Format } from '../../src/renderers/renderer.ts';
import { visible } from '../../src/renderers/visible.ts';
import type { Report } from '../../src/report/report.ts';
import { annotationsOf } from './annotations.ts';
import { readJunit } from './junit-reader.ts';
import { readSarif } from './sarif-reader.ts';
import { readXml } from './xml.ts';

const viz = await instance();

export const readers: { readonly [format in Format]: (output: string, report: Report) => void } = {
  table: readText,
  wide: readText,
  json: (output, report) => readDocument(JSON.parse(output), report),
  yaml: (output, report) => readDocument(parse(output), report),
  mermaid: readFlowchart,
  dot: (output, report) => {
    const drawing = viz.renderJSON(output) as { name: string; objects?: { name: string }[]; edges?: unknown[] };
    assert.equal(drawing.name, 'proxyrules');
    assert.deepEqual(
      (drawing.objects ?? []).map(({ name }) => name),
      nodeNames(report),
    );
    assert.equal(drawing.edges?.length ?? 0, report.graph?.edges.length ?? 0);
    const { texts } = readXml(
      viz
        .renderString(output, { format: 'svg' })
        .replace(/^[\s\S]*?(?=<svg )/, '')
        .replace(/<!--[\s\S]*?-->/g, ''),
    );
    for (const text of shownTexts(report))
      assert.ok(
        texts.some((line) => squeeze(line).includes(squeeze(text))),
        text,
      );
  },
  svg: (output, report) => {
    const { vocabulary, texts } = readXml(output);
    const allowed = 'svg title rect text g path polygon'.split(' ');
    const words = Array.from(vocabulary, (word) => word.split(' '));
    assert.deepEqual(
      words.filter(([element = '', attribute = '']) => !allowed.includes(element) || /href|^on|style/i.test(attribute)),
      [],
    );
    for (const text of shownTexts(report)) assert.ok(texts.includes(text), text);
  },
  junit: readJunit,
  sarif: readSarif,
  github: (output, { findings, failure }) => {
    const commands = annotationsOf(output);
    for (const name of ['error', 'warning', 'notice'])
      assert.ok(commands.filter((command) => command.name === name).length <= 10);
    const open = findings.filter(({ suppressed }) => suppressed === undefined);
    if (failure === undefined)
      for (const { message } of open) {
        assert.ok(
          commands.some(({ text }) => text.split('\n')[0] === visible(message)),
          message,
        );
      }
  },
};

function readText(output: string): void {
  for (const line of output.split('\n')) assert.doesNotMatch(line, / $/, 'no spaces at the end of a line');
}

function readDocument(document: unknown, { kind, meta, data, findings }: Report): void {
  const expected = { findings, ...data, apiVersion: 'proxyrules/v1', kind, meta };
  assert.deepEqual(document, JSON.parse(JSON.stringify(expected)));
  assert.ok(document !== null && typeof document === 'object');
  assert.deepEqual(
    Object.keys(document)
      .filter((key) => !/^\d+$/.test(key))
      .slice(0, 3),
    ['apiVersion', 'kind', 'meta'],
  );
}

/** The subset of the grammar that may be written: nothing else of mermaid's can be in the text. */
function readFlowchart(output: string, report: Report): void {
  const [open, title, close, type, ...lines] = output.trimEnd().split('\n');
  assert.deepEqual([open, close, type], ['---', '---', 'flowchart LR']);
  assert.equal(parse(title ?? '').title, visible(report.graph?.title ?? report.kind));
  const label = '"(?:[^"<>`#;%{}|\\[\\]\\\\]|%(?!%)|#\\d+;|<br/>)+"';
  const node = new RegExp(
    `^  n\\d+(?:\\[${label}\\]|\\(${label}\\)|\\(\\[${label}\\]\\)|\\{\\{${label}\\}\\}|\\[\\[${label}\\]\\]):::[a-z]+$`,
    'u',
  );
  const edge = new RegExp(`^  n\\d+ -->(?:\\|${label}\\|)? n\\d+$`, 'u');
  const style = /^ {2}classDef [a-z]+ fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}$/;
  const count = (form: RegExp) => lines.filter((line) => form.test(line)).length;
  assert.equal(count(node), nodeNames(report).length);
  assert.equal(count(edge), report.graph?.edges.length ?? 0);
  assert.equal(count(node) + count(edge) + count(style), lines.length, output);
}

function nodeNames({ graph }: Report): readonly string[] {
  const ids = new Set([
    ...(graph?.nodes ?? []).map(({ id }) => id),
    ...(graph?.edges ?? []).flatMap(({ from, to }) => [from, to]),
  ]);
  return Array.from(ids, (_, at) => `n${at}`);
}

function shownTexts({ kind, graph }: Report): readonly string[] {
  const { title, nodes, edges } = graph ?? { title: kind, nodes: [], edges: [] };
  const texts = [title, ...nodes.flatMap(({ label }) => label), ...edges.map(({ label }) => label)];
  return texts.map(visible).filter((text) => text !== '');
}

/** Graphviz puts spaces and no-break spaces as it likes. */
function squeeze(text: string): string {
  return text.replace(/[\s\xa0]+/g, '');
}
