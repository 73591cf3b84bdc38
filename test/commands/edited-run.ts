// A verb on a node's texts or objects that a test made or changed: they are written where the run finds them, and removed
// when the tests of the file end.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { cli, type Outcome, recordedText, type Surroundings } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-edited-'));
after(() => rmSync(folder, { recursive: true }));
let made = 0;

/** The path of a file of the test's own. */
export function savedFile(text: string, name = 'text'): string {
  made += 1;
  const path = join(folder, `${made}-${name}`);
  writeFileSync(path, text);
  return path;
}

/** For files that a run writes. */
export function freshPath(name: string): string {
  made += 1;
  return join(folder, `${made}-${name}`);
}

export interface Texts {
  readonly rules?: string | undefined;
  readonly rules6?: string | undefined;
  readonly items?: readonly unknown[] | undefined;
}

export function editedRun(args: readonly string[], texts: Texts, on?: Surroundings): Promise<Outcome> {
  return cli([...args, ...inputOf(texts)], on);
}

/** The flags that name the texts. */
export function inputOf({ rules, rules6, items }: Texts): readonly string[] {
  return [
    ...(rules === undefined ? [] : ['--rules', savedFile(rules, 'rules.txt')]),
    ...(rules6 === undefined ? [] : ['--rules6', savedFile(rules6, 'rules6.txt')]),
    ...(items === undefined
      ? []
      : ['--objects', savedFile(JSON.stringify({ kind: 'List', apiVersion: 'v1', items }), 'objects.json')]),
  ];
}

/** An object of the API, of a shape that nobody checked. */
export type Item = ReturnType<typeof JSON.parse>;

export interface Node {
  readonly rules: string;
  readonly rules6: string;
  readonly items: Item[];
}

/** A recorded node, its objects fresh for a test to change. */
export function recordedNode(recording: string, objects: string): Node {
  return {
    rules: recordedText(`${recording}/iptables-save.txt`),
    rules6: recordedText(`${recording}/ip6tables-save.txt`),
    items: JSON.parse(recordedText(objects)).items,
  };
}

export function find(items: readonly Item[], kind: string, name: string): Item {
  const found = items.find((item) => item.kind === kind && item.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found;
}

/** Fails where there is nothing to replace: the test would prove nothing. */
export function replaced(text: string, from: string | RegExp, to: string): string {
  const edited = text.replace(from, () => to);
  assert.notEqual(edited, text, `nothing to replace: ${from}`);
  return edited;
}

export function withoutLines(text: string, pattern: RegExp): string {
  const lines = text.split('\n');
  const left = lines.filter((line) => !pattern.test(line));
  assert.notEqual(left.length, lines.length, `no line to leave out: ${pattern}`);
  return left.join('\n');
}
