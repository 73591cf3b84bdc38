import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { printRule } from '../../src/netfilter/print.ts';
import type { Match, Target } from '../../src/netfilter/ruleset.ts';
import { readRuleLine, splitWords } from '../../src/parse/rule-line.ts';
import { ruleOf } from '../netfilter/text.ts';

const option = (...values: string[]) => ({ negated: false, values });
const not = (...values: string[]) => ({ negated: true, values });
const comment = (text: string): Match => ({ kind: 'comment', options: { comment: option(text) } });

/** What a rule means, clause by clause. Each is printed back as it was. */
const cases: readonly (readonly [rule: string, matches: readonly Match[], target: Target])[] = [
  [
    '-A A -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP',
    [
      { kind: 'conntrack', options: { ctstate: option('INVALID') } },
      { kind: 'nfacct', options: { 'nfacct-name': option('ct_state_invalid_dropped_pkts') } },
    ],
    { kind: 'verdict', verdict: 'DROP' },
  ],
  [
    '-A A -m comment --comment "other traffic to shop/lb:https will be dropped by KUBE-PROXY-FIREWALL"',
    [comment('other traffic to shop/lb:https will be dropped by KUBE-PROXY-FIREWALL')],
    { kind: 'none' },
  ],
  ['-A A', [], { kind: 'none' }],
  [
    '-A A ! -s 10.244.0.0/16 -d 10.96.0.1/32 ! -i cbr0 ! -o eth+ ! -p tcp ! -f -j B',
    [
      { kind: 'source', negated: true, prefix: '10.244.0.0/16' },
      { kind: 'destination', negated: false, prefix: '10.96.0.1/32' },
      { kind: 'in-interface', negated: true, name: 'cbr0' },
      { kind: 'out-interface', negated: true, name: 'eth+' },
      { kind: 'protocol', negated: true, protocol: 'tcp' },
      { kind: 'fragment', negated: true },
    ],
    { kind: 'jump', chain: 'B' },
  ],
  [
    '-A A -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j RETURN',
    [{ kind: 'conntrack', options: { ctstate: not('RELATED,ESTABLISHED,DNAT') } }],
    { kind: 'return' },
  ],
  [
    '-A A -m mark ! --mark 0x4000/0x4000 -g B',
    [{ kind: 'mark', options: { mark: not('0x4000/0x4000') } }],
    { kind: 'goto', chain: 'B' },
  ],
  [
    '-A A -p tcp -m comment --comment "shop/web:http" -m tcp -j DNAT --to-destination 10.244.0.7:8080',
    [{ kind: 'protocol', negated: false, protocol: 'tcp' }, comment('shop/web:http'), { kind: 'tcp', options: {} }],
    { kind: 'DNAT', options: { 'to-destination': option('10.244.0.7:8080') } },
  ],
  [
    '-A A -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j B',
    [
      comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain'),
      { kind: 'addrtype', options: { 'dst-type': option('LOCAL') } },
    ],
    { kind: 'jump', chain: 'B' },
  ],
  [
    '-A A -m comment --comment "six/web -> [fd00::1]:80" -j B',
    [comment('six/web -> [fd00::1]:80')],
    { kind: 'jump', chain: 'B' },
  ],
  [
    String.raw`-A A -m comment --comment "dnat name: \"lab\" id: \"\\" -j B`,
    [comment(String.raw`dnat name: "lab" id: "\ `.trim())],
    { kind: 'jump', chain: 'B' },
  ],
  [
    '-A A -m comment --comment " -j DROP -m tcp ! -s 1.2.3.4/32 " -j ACCEPT',
    [comment(' -j DROP -m tcp ! -s 1.2.3.4/32 ')],
    { kind: 'verdict', verdict: 'ACCEPT' },
  ],
  ['-A A -m comment --comment one -j QUEUE', [comment('one')], { kind: 'verdict', verdict: 'QUEUE' }],
  // What no reader knows is kept as it stood.
  [
    '-A A -m bpf --bytecode "4,48 0 0 9" -j B',
    [{ kind: 'unknown', name: 'bpf', words: '--bytecode "4,48 0 0 9"' }],
    { kind: 'jump', chain: 'B' },
  ],
  [
    '-A A -m tcp --no-such 1 -j B',
    [{ kind: 'unknown', name: 'tcp', words: '--no-such 1' }],
    { kind: 'jump', chain: 'B' },
  ],
  [
    '-A A -p tcp -j CHAOS --tarpit',
    [{ kind: 'protocol', negated: false, protocol: 'tcp' }],
    { kind: 'unknown', name: 'CHAOS', words: '--tarpit' },
  ],
  ['-A A -j NOT-THERE', [], { kind: 'unknown', name: 'NOT-THERE', words: '' }],
  ['-A A -g NOT-THERE', [], { kind: 'goto', chain: 'NOT-THERE' }],
  ['-A A -g B --extra', [], { kind: 'unknown', name: '-g', words: 'B --extra' }],
  ['-A A -j ACCEPT --extra', [], { kind: 'unknown', name: 'ACCEPT', words: '--extra' }],
  ['-A A --loose words -j B', [{ kind: 'unknown', name: '', words: '--loose words' }], { kind: 'jump', chain: 'B' }],
  ['-A A ! -m tcp -j B', [{ kind: 'unknown', name: '', words: '! -m tcp' }], { kind: 'jump', chain: 'B' }],
  ['-A A -s -j B', [{ kind: 'unknown', name: '', words: '-s' }], { kind: 'jump', chain: 'B' }],
  // A line that lost its end, and the next one behind it: what it does is not known.
  ['-A A -j DROP-A A -j ACCEPT', [{ kind: 'unknown', name: '', words: '-j DROP-A A -j ACCEPT' }], { kind: 'none' }],
  ['-A A -j ACCEPT -m tcp', [{ kind: 'unknown', name: '', words: '-j ACCEPT -m tcp' }], { kind: 'none' }],
];

suite('rules', () => {
  for (const [text, matches, target] of cases) {
    test(text, () => {
      const rule = ruleOf(text);
      assert.deepEqual([rule.matches, rule.target], [matches, target]);
      assert.equal(printRule(rule), text);
      assert.equal(rule.text, text);
    });
  }

  test('very old releases print the `!` behind the option: it is read, and printed as it is today', () => {
    const rule = ruleOf('-A A -s ! 10.0.0.0/8 -i ! eth0 -p ! tcp -j B');
    assert.deepEqual(rule.matches, [
      { kind: 'source', negated: true, prefix: '10.0.0.0/8' },
      { kind: 'in-interface', negated: true, name: 'eth0' },
      { kind: 'protocol', negated: true, protocol: 'tcp' },
    ]);
    assert.equal(printRule(rule), '-A A ! -s 10.0.0.0/8 ! -i eth0 ! -p tcp -j B');
  });

  test('a chain that is called like a target is a chain, but for the verdicts', () => {
    const read = (text: string) => readRuleLine(text, () => true)?.target;
    assert.deepEqual(read('-A A -j LOG'), { kind: 'jump', chain: 'LOG' });
    assert.deepEqual(read('-A A -j MARK --set-xmark 0x1/0x1'), {
      kind: 'MARK',
      options: { 'set-xmark': option('0x1/0x1') },
    });
    assert.deepEqual(read('-A A -j ACCEPT'), { kind: 'verdict', verdict: 'ACCEPT' });
    assert.deepEqual(read('-A A -j RETURN'), { kind: 'return' });
  });

  test('a line that is no rule is none', () => {
    for (const text of ['', '-A', '-A ', ':A - [0:0]', '-I A -j B', '-A A -m comment --comment "open']) {
      assert.equal(
        readRuleLine(text, () => true),
        undefined,
      );
    }
  });
});

suite('words', () => {
  const texts = (line: string) => splitWords(line)?.map(({ text, quoted }) => (quoted ? [text] : text));

  test('spaces and tabs part words, quotes hold them together', () => {
    assert.deepEqual(texts('a  b\t"c d" ""'), ['a', 'b', ['c d'], ['']]);
    assert.deepEqual(texts(String.raw`"a\"b" "c\\" "d\'e"`), [['a"b'], ['c\\'], ["d'e"]]);
    assert.equal(splitWords('a "b'), undefined);
    assert.deepEqual(splitWords(''), []);
  });

  test('a word knows where it stood', () => {
    const line = '-m comment  --comment "a \\" b" -j X';
    for (const { start, end, quoted, text } of splitWords(line) ?? []) {
      assert.equal(line.slice(start, end), quoted ? '"a \\" b"' : text);
    }
    assert.equal(splitWords(line)?.length, 6);
  });

  test('any comment that the kernel can hold comes back as it was written', () => {
    const char = fc.oneof(
      fc.constantFrom('"', '\\', "'", ' ', '-', '!', '\t', 'é', '€'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    const words = fc
      .array(char, { minLength: 1, maxLength: 40 })
      .map((parts) => parts.join(''))
      .filter((text) => !/[\r\n]/.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(words, (text) => {
        const line = `-A A -m comment --comment "${text.replace(/["'\\]/g, '\\$&')}" -j B`;
        const rule = ruleOf(line);
        assert.deepEqual(rule.matches, [comment(text)]);
        assert.deepEqual(rule.target, { kind: 'jump', chain: 'B' });
      }),
    );
  });
});
