// JUnit XML read back: well-formed, nothing but our words, and counts that are the elements'.
import assert from 'node:assert/strict';
import type { Report } from '../../src/report/report.ts';
import { readXml } from './xml.ts';

const words = [
  'testsuites name tests failures errors skipped',
  'testsuite name tests failures errors skipped',
  'properties',
  'property name value',
  'testcase classname name',
  'failure message type',
  'error message type',
  'skipped message',
].flatMap((line) => {
  const [element, ...attributes] = line.split(' ');
  return [element, ...attributes.map((attribute) => `${element} ${attribute}`)];
});

export function readJunit(output: string, { suites = [] }: Report): void {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert.ok(output.startsWith(head));
  const body = output.slice(head.length);
  const { vocabulary } = readXml(body);
  assert.deepEqual(
    [...vocabulary].filter((word) => !words.includes(word)),
    [],
  );
  const count = (text: string, element: string) => text.split(`<${element} `).length - 1;
  const [all = '', ...parts] = body.split('<testsuite ');
  assert.equal(parts.length, suites.length);
  for (const [text, within] of [[all, body], ...parts.map((part) => [part, part])] as const) {
    const told = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(text)?.[1]);
    assert.equal(told('tests'), count(within, 'testcase'));
    assert.equal(told('failures'), count(within, 'failure'));
    assert.equal(told('errors'), count(within, 'error'));
    assert.equal(told('skipped'), count(within, 'skipped'));
  }
  assert.equal(count(body, 'testcase'), suites.flatMap(({ cases }) => cases).length);
}
