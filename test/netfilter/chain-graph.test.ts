import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsIn, leadsOf, loopIn, reachableFrom, unreachableChains } from '../../src/netfilter/chain-graph.ts';
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

test('chains that no built-in chain leads to, and those they lead to', () => {
  assert.deepEqual(unreachableChains(table), ['D', 'E', 'F']);
  assert.deepEqual(unreachableChains(tableOf([])), []);
});

test('no loop in a table that the kernel would take', () => {
  assert.equal(loopIn(table), undefined);
});

test('a loop is told as the names on the way', () => {
  assert.deepEqual(loopIn(tableOf(['-A A -j A'])), ['A', 'A']);
  assert.deepEqual(loopIn(tableOf(['-A PREROUTING -j A', '-A A -j B', '-A B -g C', '-A C -j A'])), [
    'A',
    'B',
    'C',
    'A',
  ]);
  // Met twice is no loop.
  assert.equal(loopIn(tableOf(['-A A -j B', '-A A -j C', '-A B -j D', '-A C -j D'], ['D'])), undefined);
});

test('loops end every question', () => {
  const looped = tableOf(['-A PREROUTING -j A', '-A A -j B', '-A B -j A', '-A C -j C']);
  assert.deepEqual([...reachableFrom(looped, 'PREROUTING')], ['PREROUTING', 'A', 'B']);
  assert.deepEqual(unreachableChains(looped), ['C']);
});

test('ten thousand chains in a row', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `C${index}`);
  const rules = names.map((name, index) => `-A ${name} -j C${index + 1}`);
  const long = tableOf(['-A PREROUTING -j C0', ...rules], ['C10000']);
  assert.equal(reachableFrom(long, 'PREROUTING').size, 10_002);
  assert.equal(loopIn(long), undefined);
  const closed = tableOf(['-A PREROUTING -j C0', ...rules, '-A C10000 -j C0'], ['C10000']);
  assert.equal(loopIn(closed)?.length, 10_002);
});

test('no recorded node has a loop or a jump into nothing', () => {
  for (const dump of dumps) {
    for (const each of rulesetOf(dump).tables) {
      assert.equal(loopIn(each), undefined, dump.path);
      for (const { to } of leadsIn(each)) assert.ok(each.chain(to), `${dump.path}: ${to}`);
    }
  }
});

test('on a node that nobody tampered with only canaries and hints are unreachable', () => {
  for (const path of [
    '1.36-iptables/iptables-save.txt',
    'live-node-a/iptables-save.txt',
    '1.25-iptables/ip6tables-save.txt',
  ]) {
    const dump = dumps.find((each) => each.path === path);
    assert.ok(dump);
    const names = new Set(rulesetOf(dump).tables.flatMap(unreachableChains));
    for (const name of ['KUBE-PROXY-CANARY', 'KUBE-KUBELET-CANARY', 'KUBE-IPTABLES-HINT']) names.delete(name);
    assert.deepEqual([...names], [], path);
  }
});
