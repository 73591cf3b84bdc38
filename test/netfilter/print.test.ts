import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printChain, printRule, printRuleset } from '../../src/netfilter/print.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { ruleOf, wholeRuleset } from './text.ts';

suite('a ruleset', () => {
  test('without the comment lines it is the text, counters and all', () => {
    const text = [
      '*filter',
      ':INPUT DROP [1:2]',
      ':A - [0:0]',
      'COMMIT',
      '*nat',
      ':B -',
      '[3:4] -A B -s 10.0.0.1/32 -j ACCEPT',
      '-A B ! -f -j RETURN',
      'COMMIT',
      '',
    ];
    assert.equal(printRuleset(wholeRuleset(['# one', ...text, '# two'].join('\n'))), text.join('\n'));
  });

  test('what was missing is not made up: no COMMIT, no declaration', () => {
    const text = '*nat\n-A LOST -j ACCEPT\n';
    assert.equal(printRuleset(parseIptablesSave(text, 'IPv4')), text);
  });

  test('lines that were unread are not in it', () => {
    assert.equal(printRuleset(parseIptablesSave('*nat\n-I A -j B\nCOMMIT\n', 'IPv4')), '*nat\nCOMMIT\n');
    assert.equal(printRuleset(parseIptablesSave('nothing\n', 'IPv4')), '');
  });
});

suite('parts of it', () => {
  test('a chain', () => {
    const chains = [
      ...(wholeRuleset('*nat\n:A - [0:0]\n:INPUT ACCEPT [1:22]\n:C -\nCOMMIT\n').tables[0]?.chains() ?? []),
    ];
    assert.deepEqual(chains.map(printChain), [':A - [0:0]', ':INPUT ACCEPT [1:22]', ':C -']);
  });

  test('a rule is printed without its counters', () => {
    const [rule] = [...(wholeRuleset('*nat\n:A - [0:0]\n[1:2] -A A -j ACCEPT\nCOMMIT\n').tables[0]?.rules() ?? [])];
    assert.equal(rule && printRule(rule), '-A A -j ACCEPT');
  });

  test('quotes stand where iptables-save puts them, not where they stood', () => {
    assert.equal(printRule(ruleOf('-A A -m comment --comment "one" -j B')), '-A A -m comment --comment one -j B');
    assert.equal(printRule(ruleOf('-A A -m comment --comment a/b -j B')), '-A A -m comment --comment "a/b" -j B');
    assert.equal(printRule(ruleOf('-A A   -p  tcp -j   B')), '-A A -p tcp -j B');
  });
});
