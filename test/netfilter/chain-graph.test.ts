import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsIn, leadsOf, reachableFrom } from '../../src/netfilter/chain-graph.ts';
import { dumps, rulesetOf } from '../proxiers/recordings.ts';
import { tableOf } from './text.ts';

const table = tableOf(
  [
    '-A PREROUTING -j A',
    '-A A -m comment --comment "-j D" -j B',
    '-A A -g C',
    '-A B -j ACCEPT',
    '-A C -j RETURN',
    '-A D -j E',
    '-A D -j MARK --set-xmark 0x1/0x1',
    '-A E -j C',
  ],
  ['F'],
);

test('jumps and gotos lead; verdicts, returns, marks and comments do not', () => {
  const told = leadsIn(table).map(({ from, to, kind, rule }) => `${from} ${kind} ${to} ${rule.ref.index}`);
  assert.deepEqual(told, ['PREROUTING jump A 1', 'A jump B 1', 'A goto C 2', 'D jump E 1', 'E jump C 1']);
  const a = table.chain('A');
  assert.deepEqual(a && leadsOf(a).map(({ to }) => to), ['B', 'C']);
});

test('what a chain can reach, nearest first', () => {
  assert.deepEqual([...reachableFrom(table, 'PREROUTING')], ['PREROUTING', 'A', 'B', 'C']);
  assert.deepEqual([...reachableFrom(table, 'D')], ['D', 'E', 'C']);
  assert.deepEqual([...reachableFrom(table, 'F')], ['F']);
});

test('a chain that is not there is reached by none', () => {
  const broken = tableOf(['-A PREROUTING -g GONE', '-A PREROUTING -j A'], ['A']);
  assert.deepEqual([...reachableFrom(broken, 'PREROUTING')], ['PREROUTING', 'A']);
});

test('loops end every question', () => {
  const looped = tableOf(['-A PREROUTING -j A', '-A A -j B', '-A B -j A', '-A C -j C']);
  assert.deepEqual([...reachableFrom(looped, 'PREROUTING')], ['PREROUTING', 'A', 'B']);
});

test('ten thousand chains in a row', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `C${index}`);
  const rules = names.map((name, index) => `-A ${name} -j C${index + 1}`);
  const long = tableOf(['-A PREROUTING -j C0', ...rules], ['C10000']);
  assert.equal(reachableFrom(long, 'PREROUTING').size, 10_002);
});

test('no recorded node has a jump into nothing', () => {
  for (const dump of dumps) {
    for (const each of rulesetOf(dump).tables) {
      for (const { to } of leadsIn(each)) assert.ok(each.chain(to), `${dump.path}: ${to}`);
    }
  }
});
