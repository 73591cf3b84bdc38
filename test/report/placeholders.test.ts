// What a hostile cluster can do to a command that somebody pastes. The judge is a real shell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Facts, fillPlaceholders, placeholders } from '../../src/report/catalogue/placeholders.ts';
import { catalogueEntry, findingCodes, nextFor } from '../../src/report/catalogue.ts';

const posix = process.platform === 'win32' ? { skip: 'no POSIX shell' } : {};
const plain: Required<Facts> = { namespace: 'shop', name: 'web', node: 'node-3', port: 'http', address: 'fd00::1' };
const nasty = [
  "'; touch x; '",
  '$(id)',
  '`id`',
  'a b',
  '"',
  "it's",
  '*',
  '~',
  '#x',
  'a\\',
  '!!',
  '{a,b}',
  'x;y',
  '>x',
  '|',
  '=',
];
const printable = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({
    unit: fc.constantFrom(...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))),
    minLength: 1,
    maxLength: 30,
  }),
);
const isName = (value: string) => !/^[- ]/.test(value);

test('names, numbers and addresses stand as they are', () => {
  for (const value of ['web', 'node-3.example', '30080', '10.96.0.1', 'fd00::1', '10.0.0.0/8', 'a_b', 'a-']) {
    assert.equal(fillPlaceholders('kubectl get {name}', { name: value }), `kubectl get ${value}`);
  }
});

test('what is no name leaves the placeholder', () => {
  const values = [
    '',
    '-A',
    '--all',
    ' ',
    ' x',
    'a\nb',
    'a\u0000',
    '\u001b[2J',
    'a\u202eb',
    'w\u00e9b',
    'a\u200bb',
    undefined,
  ];
  for (const value of values) {
    assert.equal(fillPlaceholders('kubectl get {name} -l x={name}', { name: value }), 'kubectl get <name> -l x=<name>');
  }
});

test('braces of others stay', () => {
  const line = "kubectl get x -o jsonpath='{.spec.ports} {range .items[*]}{end}' {unknown}";
  assert.equal(fillPlaceholders(line, plain), line);
});

test('a value is never read as a template', () => {
  assert.equal(fillPlaceholders('{name} {node}', { name: '{node}', node: '$&' }), "'{node}' '$&'");
});

test('a filled line holds only what prints', () => {
  const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), printable, fc.constant(undefined));
  fc.assert(
    fc.property(fc.record({ namespace: value, name: value, node: value, port: value, address: value }), (facts) => {
      for (const line of findingCodes.flatMap((code) => nextFor(code, facts))) assert.match(line, /^[ -~]+$/);
    }),
  );
});

test('to a shell every value is one word of the command it was put into', posix, () => {
  const lines = [...new Set(findingCodes.flatMap((code) => catalogueEntry(code).next))].filter((line) =>
    line.startsWith('kubectl '),
  );
  // The words of every command a line runs, with a value that cannot be taken for anything else.
  const value = printable.filter(isName);
  fc.assert(
    fc.property(fc.record({ namespace: value, name: value, node: value, port: value, address: value }), (facts) => {
      const expected = run(lines.map((line) => fillPlaceholders(line, plain)));
      const found = run(lines.map((line) => fillPlaceholders(line, facts)));
      assert.deepEqual(found, expected.map((word) => exchange(word, facts)).sort());
    }),
    { numRuns: 40 },
  );
});

test('the shell runs only what the line names', posix, () => {
  const facts: Facts = Object.fromEntries(
    placeholders.map((key) => [key, "'; kubectl stolen; $(kubectl stolen) `kubectl stolen`"]),
  );
  const words = run(findingCodes.flatMap((code) => nextFor(code, facts)).filter((line) => line.startsWith('kubectl ')));
  assert.ok(words.length > 0 && !words.includes('stolen'));
});

/** Words that carry a plain value, with the value exchanged. `web` is only ever the name, and so on. */
function exchange(word: string, facts: Facts): string {
  const key = placeholders.find(
    (one) =>
      word === plain[one] ||
      word.endsWith(`=${plain[one]}`) ||
      word.endsWith(`/${plain[one]}`) ||
      word === `:${plain[one]}`,
  );
  return key === undefined ? word : `${word.slice(0, word.length - (plain[key] ?? '').length)}${facts[key]}`;
}

/** Runs the lines in a shell in which the commands only tell their words, and nothing else can be run. */
function run(lines: readonly string[]): readonly string[] {
  const tell = '{ for word in "$@"; do printf "%s\\n" "$word" >&3; done; echo pod/x; }';
  const script = [
    `kubectl() ${tell}`,
    ...['grep', 'tail'].map((name) => `${name}() ${tell.replace('echo pod/x', ':')}`),
    ...lines,
  ].join('\n');
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', `{ ${script}\n} 3>&1 >/dev/null`], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  // Commands of one pipe run at the same time: their order is nobody's.
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .sort();
}
