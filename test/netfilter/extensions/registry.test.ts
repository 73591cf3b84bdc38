// Laws for every extension in the folder: it is registered, and real iptables has written every word it can read.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { flowOf, readMatch, readTarget } from '../../../src/netfilter/extensions/index.ts';
import { readCaseFiles } from './cases.ts';

const folder = new URL('../../../src/netfilter/extensions/', import.meta.url);

/** Read, but not in a case: spellings of old releases, and what iptables 1.8.9 or its kernel part cannot be made to save. */
const unseen: Readonly<Record<string, readonly string[]>> = {
  CONNMARK: ['set-mark', 'and-mark', 'or-mark', 'xor-mark', 'mask'],
  CT: ['timeout'],
  MARK: ['set-mark', 'and-mark', 'or-mark', 'xor-mark'],
  NFLOG: ['nflog-range'],
  hashlimit: ['hashlimit'],
  tcp: ['syn'],
};

const saved = readCaseFiles().flatMap(({ cases }) =>
  cases.flatMap(({ saved: text }) => (text === undefined ? [] : [` ${text} `])),
);

for (const file of readdirSync(folder)) {
  const exported: Record<string, unknown> = await import(new URL(file, folder).href);
  suite(file, () => {
    for (const { name, options, isTarget } of Object.values(exported).filter(isExtension).map(describe)) {
      const clause = isTarget ? ` -j ${name} ` : ` -m ${name} `;
      const own = saved.filter((text) => text.includes(clause));
      test(`${clause.trim()} is registered`, () => {
        const read = isTarget ? readTarget(name, []) : readMatch(name, []);
        assert.equal(read.kind, name);
      });
      test(`${clause.trim()} is in a case with each of its options`, () => {
        assert.ok(own.length > 0);
        const missing = options.filter((option) => !own.some((text) => text.includes(` --${option} `)));
        assert.deepEqual(missing.sort(), [...(unseen[name] ?? [])].sort());
      });
    }
  });
}

test('a target ends the chain or lets the packet go on', () => {
  const flows = [
    'DNAT',
    'SNAT',
    'MASQUERADE',
    'REDIRECT',
    'NETMAP',
    'REJECT',
    'TPROXY',
    'NFQUEUE',
    'MARK',
    'LOG',
    'CT',
    'SET',
  ];
  const ends = flows.filter((name) => {
    const target = readTarget(name, []);
    return target.kind !== 'unknown' && flowOf(target) === 'ends';
  });
  assert.deepEqual(ends, flows.slice(0, 8));
});

interface Extension {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly flow?: string;
}

function isExtension(value: unknown): value is Extension {
  return typeof value === 'object' && value !== null && 'name' in value && 'options' in value && 'read' in value;
}

function describe({ name, options, flow }: Extension) {
  return { name, options: Object.keys(options), isTarget: flow !== undefined };
}
