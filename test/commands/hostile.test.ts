// A cluster and a node that an enemy writes to: whatever they hold, standard output and standard error carry no control
// character but the line end and our own colours, and every picture and document stays one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { instance } from '@viz-js/viz';
import fc from 'fast-check';
import { parse } from 'yaml';
import { annotationsOf } from '../renderers/annotations.ts';
import { text as hostileText } from '../renderers/hostile.ts';
import { readXml } from '../renderers/xml.ts';
import { cli, type Outcome, recorded, recordedText } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'proxyrules-hostile-'));
after(() => rmSync(folder, { recursive: true }));
const viz = await instance();

// Written from the list of what must not pass, not from the expression under test.
const dangerous =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|\p{Variation_Selector}|[\u{e0000}-\u{e0fff}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that a terminal gets
const ourColours = /\u001b\[(?:[0-9]|1;?|2[0-9]|3[0-9]|9[0-7])m/g;

function assertSafe({ exitCode, stdout, stderr }: Outcome, painted: boolean): void {
  assert.notEqual(exitCode, 70, stderr);
  assert.doesNotMatch(painted ? stdout.replace(ourColours, '') : stdout, dangerous);
  assert.doesNotMatch(stderr, dangerous);
}

const mermaidLine =
  /^(?:---|title: .*|flowchart LR| {2}n\d+(?:\[|\(|\(\[|\{\{|\[\[)"[^"`\\]*"(?:\]|\)|\]\)|\}\}|\]\]):::[a-z]+| {2}n\d+ -->(?:\|"[^"`\\]*"\|)? n\d+| {2}classDef [a-z]+ [a-z0-9#:,]+)$/u;

/** What a format's real reader makes of it. */
const readers: Readonly<Record<string, (output: string) => void>> = {
  json: (output) => JSON.parse(output),
  yaml: (output) => parse(output),
  mermaid: (output) => {
    for (const line of output.trimEnd().split('\n')) assert.match(line, mermaidLine);
  },
  dot: (output) => viz.renderJSON(output),
  junit: (output) => readXml(output.slice(output.indexOf('\n') + 1)),
  sarif: (output) => JSON.parse(output),
  github: (output) => annotationsOf(output),
  svg: (output) => {
    const { vocabulary } = readXml(output);
    for (const word of vocabulary) assert.doesNotMatch(word, /script|foreignObject|href| on|style/i);
  },
};

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

const objectsText = recordedText('objects.json');
const rulesText = recordedText('1.36-iptables/iptables-save.txt');

/** Every string of the objects that an answer may hold. */
const places: readonly Path[] = stringsIn(JSON.parse(objectsText)).filter(
  (path) => !['uid', 'resourceVersion', 'managedFields', 'creationTimestamp'].some((key) => path.includes(key)),
);

function stringsIn(value: Json, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, [...path, key]));
}

function withText(root: Json, path: Path, change: (old: string) => string): void {
  let at: Json = root;
  for (const key of path.slice(0, -1)) at = child(at, key);
  const last = path.at(-1) ?? '';
  const old = child(at, last);
  if (typeof at === 'object' && at !== null && typeof old === 'string') Object.assign(at, { [last]: change(old) });
}

function child(value: Json, key: string | number): Json {
  return typeof value === 'object' && value !== null
    ? (Object.getOwnPropertyDescriptor(value, key)?.value ?? null)
    : null;
}

/** As iptables prints it; a line end in a comment ends the line. */
function quotedComment(text: string): string {
  return `--comment "${text.replace(/["\\]/g, '\\$&')}"`;
}

const asked: readonly (readonly string[])[] = [
  ['explain', 'svc/web'],
  ['explain', 'svc/cart', '-n', 'shop'],
  ['explain', 'svc/hinted', '-n', 'shop'],
  ['explain', 'svc/external', '-n', 'shop'],
  ['explain', 'svc/lb', '-n', 'edge'],
  ['explain', '10.96.137.5:80'],
  ['explain', 'nodeport/30182'],
  ['explain', 'pod/web-b978ccd84-xqkm7'],
  ['explain', 'KUBE-SVC-CDGGSHYLG3RE2FKL'],
  ['explain', 'svc/nobody'],
  ['backends'],
  ['graph', 'svc/web'],
  ['graph'],
  ['drift'],
  ['drift', 'svc/cart', '-n', 'shop'],
  ['status'],
  ['trace', '--from', 'pod/web-b978ccd84-xqkm7', '--to', 'svc/web'],
  ['trace', '--from', 'internet', '--to', 'svc/lb', '-n', 'edge'],
];
const formatsOf = (verb: string) =>
  verb === 'backends' || verb === 'status'
    ? ['table', 'wide', 'json', 'yaml']
    : verb === 'drift'
      ? ['table', 'wide', 'json', 'yaml', 'junit', 'sarif', 'github']
      : verb === 'graph'
        ? ['json', 'yaml', 'mermaid', 'dot', 'svg']
        : ['table', 'wide', 'json', 'yaml', 'mermaid', 'dot', 'svg'];

async function ask(args: readonly string[], format: string, width: number | undefined): Promise<void> {
  const painted = width !== undefined;
  const outcome = await cli([...args, '-o', format, '--color', painted ? 'always' : 'never'], width ? { width } : {});
  assertSafe(outcome, painted);
  if (outcome.exitCode !== 2 && outcome.exitCode < 5) readers[format]?.(outcome.stdout);
}

test('hostile text anywhere in objects and comments', async () => {
  const spots = fc.array(fc.tuple(fc.nat(places.length - 1), hostileText, fc.boolean()), { maxLength: 40 });
  const comments = fc.array(fc.tuple(fc.nat(400), hostileText), { maxLength: 20 });
  const objectsFile = join(folder, 'objects.json');
  const rulesFile = join(folder, 'rules.txt');
  await fc.assert(
    fc.asyncProperty(
      spots,
      comments,
      fc
        .constantFrom(...asked)
        .chain((args) => fc.tuple(fc.constant(args), fc.constantFrom(...formatsOf(args[0] ?? '')))),
      fc.constantFrom(undefined, 60, 120),
      fc.boolean(),
      async (spots, comments, [args, format], width, cluster) => {
        const objects: Json = JSON.parse(objectsText);
        for (const [at, text, whole] of spots)
          withText(objects, places[at] ?? [], (old) => (whole ? text : `${old}${text}`));
        writeFileSync(objectsFile, JSON.stringify(objects));
        const byLine = new Map(comments);
        writeFileSync(
          rulesFile,
          rulesText
            .split('\n')
            .map((line, at) => {
              const text = byLine.get(at);
              return text === undefined ? line : line.replace(/--comment "[^"]*"/, () => quotedComment(text));
            })
            .join('\n'),
        );
        const input = ['--rules', rulesFile, ...(cluster ? ['--objects', objectsFile] : ['--no-cluster'])];
        await ask([...args, ...input], format, width);
      },
    ),
    { numRuns: 100 },
  );
});

/** One of each trick, in every place that people look at. */
const evil =
  '\u001b]0;owned\u0007\u009b2J\u202e<script>alert(1)</script>"]; click n0 "x"\r\n\u2028\u{e0041}\u200b%%{init}%%&lt;';

test('every name, label, annotation, hint and comment is hostile at once', async () => {
  const objects: Json = JSON.parse(objectsText);
  for (const path of places) {
    const last = String(path.at(-1));
    const named = /^(name|namespace|nodeName|zone|hostname|phase|reason|message|externalName|targetPort|app)$/.test(
      last,
    );
    const attached = path.includes('labels') || path.includes('annotations') || path.includes('selector');
    const joins = last === 'kubernetes.io/service-name' || path.includes('targetRef');
    // What ties the objects to the rules stays: the hostile names must arrive where they are printed.
    const tie = ['metadata', 'ports'].includes(String(path.at(-2))) || String(path.at(-3)) === 'ports';
    if ((named || attached) && !joins && !tie) withText(objects, path, (old) => old + evil);
  }
  const objectsFile = join(folder, 'evil.json');
  const rulesFile = join(folder, 'evil.txt');
  writeFileSync(objectsFile, JSON.stringify(objects));
  writeFileSync(
    rulesFile,
    rulesText.replace(/--comment "([^"]*)"/g, (_, text: string) => quotedComment(text + evil.replace(/[\r\n]/g, ''))),
  );
  for (const input of [['--objects', objectsFile], ['--no-cluster']]) {
    for (const args of asked) {
      for (const format of formatsOf(args[0] ?? '')) {
        const width = format === 'wide' ? 100 : undefined;
        await ask([...args, '--rules', rulesFile, ...input, '--node-name', `node-a${evil}`], format, width);
      }
    }
  }
});

test('pods and nodes with hostile names stand in the table, spelled out', async () => {
  const file = join(folder, 'pods.json');
  writeFileSync(file, objectsText.replaceAll('web-b978ccd84-xqkm7', JSON.stringify(evil).slice(1, -1)));
  const { stdout } = await cli([
    ...['explain', 'svc/web', '--rules', recorded('1.36-iptables/iptables-save.txt'), '--objects', file],
  ]);
  assert.match(stdout, /\\x1b\]0;owned\\x07\\x9b2J\\u202e<script>/);
  assertSafe({ exitCode: 0, stdout, stderr: '' }, false);
});

test('names of files, targets, flags and values, as they come back in errors', async () => {
  const path = join(folder, evil.replaceAll('/', '_'));
  for (const args of [
    ['explain', evil],
    ['explain', `svc/${evil}`, '--demo'],
    ['explain', 'svc/web', '--rules', path, '--no-cluster'],
    ['explain', 'svc/web', '--rules', recorded('1.36-iptables/iptables-save.txt'), '--objects', path],
    ['explain', 'svc/web', '--capture', path],
    ['explain', 'svc/web', '--demo', '--output-file', `json=${path}/none`],
    ['explain', 'svc/web', '--demo', '-n', evil],
    ['explain', 'svc/web', '--demo', '--kube-proxy-config', path],
    ['backends', '--demo', '-n', evil],
    ['codes', evil],
    [evil],
    ['explain', 'svc/web', `--${evil}`],
    ['explain', 'svc/web', '--demo', '-o', evil],
    ['explain', 'svc/web', '--demo', '--fail-on', evil],
    ['explain', 'svc/web', '--demo', '--kube-proxy-version', evil],
    ['completion', evil],
    ['help', evil],
    ['__complete', evil],
    ['__complete', 'explain', '-o', evil],
  ]) {
    assertSafe(await cli(args), false);
  }
});
