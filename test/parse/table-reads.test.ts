// A chain's rules told at once: exactly these lines, wherever in the text they stand.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';

const one = '-A ONE -s 10.0.0.1/32 -j TWO';
const two = '-A TWO -j ACCEPT';
const more = '-A ONE -j DROP';

const cases: readonly (readonly [string, readonly string[], string, boolean])[] = [
  ['together', [one, more, two], `${one}\n${more}\n`, true],
  ['apart', [one, two, more], `${one}\n${more}\n`, true],
  ['one too many behind', [one, more, two], `${one}\n`, false],
  ['one too many, apart', [one, two, more], `${one}\n`, false],
  ['one too few', [one, two], `${one}\n${more}\n`, false],
  ['in another order', [more, one], `${one}\n${more}\n`, false],
  ['with counters', [`[1:60] ${one}`, `[0:0] ${more}`], `${one}\n${more}\n`, true],
  ['with other words', [`${one.slice(0, -1)}X`], `${one}\n`, false],
  ['longer', [`${one}O`], `${one}\n`, false],
  ['shorter', [one.slice(0, -1)], `${one}\n`, false],
  ['no rule', [two], '', true],
  ['no rule, but there is one', [one], '', false],
  ['beyond ASCII', ['-A ONE -m comment --comment "\u00e9"'], '-A ONE -m comment --comment "\u00c3\u00a9"\n', false],
];

for (const ending of ['\n', '\r\n']) {
  suite(`the rules of a chain at once, lines ended by ${JSON.stringify(ending)}`, () => {
    for (const [name, rules, lines, same] of cases) {
      test(name, () => {
        const text = ['*nat', ':ONE - [0:0]', ':TWO - [0:0]', ...rules, 'COMMIT', ''].join(ending);
        const [nat] = parseIptablesSave(text, 'IPv4').tables;
        assert.equal(nat?.reads(nat.numberOf('ONE') ?? -1, lines), same);
      });
    }
  });
}

test('chains by number and by the beginning of their names', () => {
  const [nat] = parseIptablesSave(
    '*nat\n:KUBE-A-1 - [0:0]\n:KUBE-B-1 - [0:0]\n:KUBE-A-2 - [0:0]\nCOMMIT\n',
    'IPv4',
  ).tables;
  assert.deepEqual([...(nat?.chainNames() ?? [])], ['KUBE-A-1', 'KUBE-B-1', 'KUBE-A-2']);
  assert.deepEqual([...(nat?.chainNames(['KUBE-A-']) ?? [])], ['KUBE-A-1', 'KUBE-A-2']);
  assert.deepEqual([...(nat?.chainNames(['KUBE-A-12', 'KUBE-A-2']) ?? [])], ['KUBE-A-2']);
  assert.deepEqual([nat?.numberOf('KUBE-A-2'), nat?.nameOf(2), nat?.numberOf('KUBE-A-3')], [2, 'KUBE-A-2', undefined]);
  assert.equal(nat?.numberOf(`${'X'.repeat(80)}`), undefined);
});
