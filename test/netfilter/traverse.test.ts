import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isOne, plus, toNumber, zero } from '../../src/netfilter/fraction.ts';
import type { Packet } from '../../src/netfilter/packet.ts';
import type { Table } from '../../src/netfilter/ruleset.ts';
import { type End, traverse } from '../../src/netfilter/traverse.ts';
import { tableOf } from './text.ts';

const packet: Packet = {
  family: 'IPv4',
  protocol: 'tcp',
  source: '192.0.2.1',
  destination: '10.96.0.1',
  sourcePort: 40_000,
  destinationPort: 80,
  sourceType: 'UNICAST',
  inInterface: 'eth0',
  state: 'NEW',
  mark: 0,
};

function walk(table: Table, given: Packet = packet, stopAt?: (chain: string) => boolean): readonly End[] {
  const chain = table.chain('A');
  assert.ok(chain);
  const ends = traverse(table, chain, given, stopAt);
  assert.ok(isOne(ends.map(({ weight }) => weight).reduce(plus, zero)), 'the weights do not add up to 1');
  return ends;
}

/** `kind weight CHAIN/index <- rules that led there, and what else happened`. */
function told({ kind, weight, rule, path, effects }: End): string {
  const at = rule === undefined ? '' : ` ${rule.ref.chain}${rule.ref.index}`;
  const way = path.map(({ ref }) => `${ref.chain}${ref.index}`).join('>');
  const done = effects.map((effect) => `${effect.certain ? '+' : '?'}${effect.rule.ref.chain}${effect.rule.ref.index}`);
  return [`${kind} ${toNumber(weight)}${at}`, way, ...done].filter((part) => part !== '').join(' | ');
}

interface Case {
  readonly name: string;
  readonly rules: readonly string[];
  readonly empty?: readonly string[];
  readonly ends: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'an empty chain', rules: [], empty: ['A'], ends: ['fell-through 1'] },
  {
    name: 'the first rule that fits takes',
    rules: ['-A A -p udp -j DROP', '-A A -p tcp -j ACCEPT', '-A A -j DROP'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'a DNAT takes',
    rules: ['-A A -p tcp -j DNAT --to-destination 10.0.0.1:80', '-A A -j DROP'],
    ends: ['target 1 A1 | A1'],
  },
  { name: 'a REJECT takes', rules: ['-A A -j REJECT --reject-with icmp-port-unreachable'], ends: ['target 1 A1 | A1'] },
  { name: 'a RETURN leaves the chain', rules: ['-A A -j RETURN', '-A A -j DROP'], ends: ['fell-through 1 A1 | A1'] },
  {
    name: 'a rule without target counts and lets go',
    rules: ['-A A -p tcp', '-A A -j DROP'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'a jump comes back where the chain ends',
    rules: ['-A A -j B', '-A A -j DROP', '-A B -p udp -j ACCEPT'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'a jump comes back at a RETURN',
    rules: ['-A A -j B', '-A A -j DROP', '-A B -j RETURN', '-A B -j ACCEPT'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'a goto does not come back, but to the caller',
    rules: ['-A A -g B', '-A A -j DROP', '-A B -p udp -j ACCEPT'],
    ends: ['fell-through 1 | A1'],
  },
  {
    name: 'a goto below a jump comes back to the jump',
    rules: ['-A A -j B', '-A A -j DROP', '-A B -g C', '-A B -j ACCEPT', '-A C -p udp -j ACCEPT'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'the path is the rules that led there',
    rules: ['-A A -j NONE', '-A A -j B', '-A B -g C', '-A C -j ACCEPT'],
    empty: ['NONE'],
    ends: ['target 1 C1 | A2>B1>C1'],
  },
  {
    name: 'a mark is set and the walk goes on',
    rules: ['-A A -j MASQ', '-A A -j ACCEPT', '-A MASQ -j MARK --set-xmark 0x4000/0x4000'],
    ends: ['target 1 A2 | A2 | +MASQ1'],
  },
  {
    name: 'a mark that may be set is an effect that is not certain',
    rules: ['-A A -m set --match-set s src -j MASQ', '-A A -j ACCEPT', '-A MASQ -j MARK --set-xmark 0x4000/0x4000'],
    ends: ['target 1 A2 | A2 | ?MASQ1'],
  },
  {
    name: 'a mark that chance sets is an effect that is not certain',
    rules: [
      '-A A -m statistic --mode random --probability 0.50000000000 -j MASQ',
      '-A A -j ACCEPT',
      '-A MASQ -j MARK --set-xmark 0x4000/0x4000',
    ],
    ends: ['target 1 A2 | A2 | ?MASQ1'],
  },
  {
    name: 'a cascade shares out',
    rules: [
      '-A A -m statistic --mode random --probability 0.25000000000 -j ACCEPT',
      '-A A -m statistic --mode random --probability 0.50000000000 -j DROP',
      '-A A -j ACCEPT',
    ],
    ends: ['target 0.25 A1 | A1', 'target 0.375 A2 | A2', 'target 0.375 A3 | A3'],
  },
  {
    name: 'a cascade without a last rule leaks',
    rules: ['-A A -m statistic --mode random --probability 0.50000000000 -j ACCEPT'],
    ends: ['target 0.5 A1 | A1', 'fell-through 0.5'],
  },
  {
    name: 'one in n takes 1/n, and its negation the rest',
    rules: [
      '-A A -m statistic --mode nth --every 4 --packet 0 -j ACCEPT',
      '-A A -m statistic --mode nth ! --every 3 --packet 0 -j DROP',
      '-A A -j ACCEPT',
    ],
    ends: ['target 0.25 A1 | A1', 'target 0.5 A2 | A2', 'target 0.25 A3 | A3'],
  },
  {
    name: 'two statistics in one rule multiply',
    rules: [
      '-A A -m statistic --mode random --probability 0.50000000000 -m statistic --mode random ! --probability 0.25000000000 -j ACCEPT',
    ],
    ends: ['target 0.375 A1 | A1', 'fell-through 0.625'],
  },
  {
    name: 'a probability of 1 takes all, one of 0 nothing',
    rules: [
      '-A A -m statistic --mode random --probability 0.00000000000 -j DROP',
      '-A A -m statistic --mode random --probability 1.00000000000 -j ACCEPT',
      '-A A -j DROP',
    ],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'a share that comes back from a jump goes on with the rest',
    rules: [
      '-A A -m statistic --mode random --probability 0.50000000000 -j B',
      '-A A -j DROP',
      '-A B -m statistic --mode random --probability 0.50000000000 -j ACCEPT',
    ],
    ends: ['target 0.25 B1 | A1>B1', 'target 0.75 A2 | A2'],
  },
  {
    name: 'a match that no reader knows leaves it open',
    rules: ['-A A -m bpf --bytecode "1,6 0 0 1" -j ACCEPT', '-A A -j DROP'],
    ends: ['undecided 1 A1'],
  },
  {
    name: 'what the packet does not say leaves it open',
    rules: ['-A A -m set --match-set s src -j ACCEPT', '-A A -j DROP'],
    ends: ['undecided 1 A1'],
  },
  {
    name: 'an open match beside one that does not fit is passed by',
    rules: ['-A A -p udp -m bpf --bytecode "1,6 0 0 1" -j ACCEPT', '-A A -j DROP'],
    ends: ['target 1 A2 | A2'],
  },
  {
    name: 'an open match that leads to nothing is passed by',
    rules: [
      '-A A -m bpf --bytecode "1,6 0 0 1" -j B',
      '-A A -m bpf --bytecode "1,6 0 0 1"',
      '-A A -j DROP',
      '-A B -p udp -j ACCEPT',
    ],
    ends: ['target 1 A3 | A3'],
  },
  {
    name: 'an open match that may return leaves it open',
    rules: ['-A A -m bpf --bytecode "1,6 0 0 1" -j RETURN', '-A A -j DROP'],
    ends: ['undecided 1 A1'],
  },
  {
    name: 'an open match before a cascade, one inside it',
    rules: [
      '-A A -m statistic --mode random --probability 0.50000000000 -j ACCEPT',
      '-A A -m bpf --bytecode "1,6 0 0 1" -j DROP',
      '-A A -j ACCEPT',
    ],
    ends: ['target 0.5 A1 | A1', 'undecided 0.5 A2'],
  },
  {
    name: 'a chance that is not understood leaves it open',
    rules: ['-A A -m statistic --mode random --probability 2.00000000000 -j ACCEPT', '-A A -j DROP'],
    ends: ['undecided 1 A1'],
  },
  {
    name: 'a target that no reader knows leaves it open',
    rules: ['-A A -j CHAOS --tarpit', '-A A -j DROP'],
    ends: ['undecided 1 A1 | A1'],
  },
  {
    name: 'a jump to a chain that is not there leaves it open',
    rules: ['-A A -j GONE', '-A A -j DROP'],
    ends: ['undecided 1 A1 | A1'],
  },
  {
    name: 'so does a goto',
    rules: ['-A A -g GONE', '-A A -j DROP'],
    ends: ['undecided 1 A1 | A1'],
  },
  {
    name: 'a LOG does not take',
    rules: ['-A A -j LOG --log-prefix x', '-A A -j DROP'],
    ends: ['target 1 A2 | A2 | +A1'],
  },
];

suite('small rulesets', () => {
  for (const { name, rules, empty, ends } of cases) {
    test(name, () => assert.deepEqual(walk(tableOf(rules, empty)).map(told), ends));
  }

  test('the walk stops at chains it was told to stop at, and nowhere else', () => {
    const table = tableOf(['-A A -j B', '-A A -j DROP', '-A B -g C', '-A C -j ACCEPT']);
    assert.deepEqual(walk(table, packet, (chain) => chain === 'C').map(told), ['stopped 1 B1 | A1>B1']);
    assert.deepEqual(walk(table, packet, (chain) => chain === 'A').map(told), ['target 1 C1 | A1>B1>C1']);
  });

  test('a mark from before a parting of the ways is certain where they meet again', () => {
    const rules = [
      '-A A -j MASQ',
      '-A A -m statistic --mode random --probability 0.50000000000 -j B',
      '-A A -j ACCEPT',
      '-A MASQ -j MARK --set-xmark 0x4000/0x4000',
    ];
    assert.deepEqual(walk(tableOf(rules, ['B'])).map(told), ['target 1 A3 | A3 | +MASQ1']);
  });
});

suite('hostile rulesets', () => {
  test('a loop ends undecided', { timeout: 60_000 }, () => {
    for (const rules of [
      ['-A A -j A'],
      ['-A A -g A'],
      ['-A A -j B', '-A B -g A'],
      ['-A A -m statistic --mode random --probability 0.50000000000 -j A', '-A A -j A'],
    ]) {
      const ends = walk(tableOf(rules));
      assert.ok(
        ends.some(({ kind }) => kind === 'undecided'),
        rules.join(),
      );
    }
  });

  test('a thousand times the same chain at each of many depths ends', { timeout: 60_000 }, () => {
    const rules = Array.from({ length: 30 }, (_, depth) => [
      `-A C${depth} -j C${depth + 1}`,
      `-A C${depth} -j C${depth + 1}`,
    ]).flat();
    const ends = walk(tableOf(['-A A -j C0', ...rules, '-A C30 -p udp -j ACCEPT']));
    assert.ok(ends.some(({ kind }) => kind === 'undecided'));
  });

  test('ten thousand chains in a row end undecided', () => {
    const rules = Array.from({ length: 10_000 }, (_, index) => `-A C${index} -j C${index + 1}`);
    assert.deepEqual(
      walk(tableOf(['-A A -j C0', ...rules, '-A C10000 -j ACCEPT'])).map(({ kind }) => kind),
      ['undecided'],
    );
  });

  test('sixty chains in a row are followed', () => {
    const rules = Array.from({ length: 60 }, (_, index) => `-A C${index} -j C${index + 1}`);
    assert.deepEqual(
      walk(tableOf(['-A A -j C0', ...rules, '-A C60 -j ACCEPT'])).map(({ kind }) => kind),
      ['target'],
    );
  });

  test('five thousand backends are shared out to the last', () => {
    const rules = Array.from({ length: 4999 }, (_, index) => {
      const probability = Math.round(Number((1 / (5000 - index)).toFixed(10)) * 2 ** 31) / 2 ** 31;
      return `-A A -m statistic --mode random --probability ${probability.toFixed(11)} -j ACCEPT`;
    });
    const ends = walk(tableOf([...rules, '-A A -j ACCEPT']));
    assert.equal(ends.length, 5000);
    for (const { kind } of ends) assert.equal(kind, 'target');
  });
});

test('the weights of any ruleset add up to exactly 1, whatever the packet says', () => {
  const chains = ['A', 'B', 'C', 'D'];
  const condition = fc.constantFrom(
    '',
    '-p tcp ',
    '-p udp ',
    '-s 192.0.2.0/24 ',
    '! -i eth0 ',
    '-m set --match-set s src ',
    '-m bpf --bytecode "1,6 0 0 1" ',
    '-m mark --mark 0x4000/0x4000 ',
  );
  const chance = fc.oneof(
    fc.constant(''),
    fc
      .integer({ min: 0, max: 2 ** 31 })
      .map((k) => `-m statistic --mode random --probability ${(k / 2 ** 31).toFixed(11)} `),
    fc.integer({ min: 1, max: 9 }).map((n) => `-m statistic --mode nth --every ${n} --packet 0 `),
  );
  const target = fc.constantFrom(
    ...chains.flatMap((chain) => [`-j ${chain}`, `-g ${chain}`]),
    ...['-j ACCEPT', '-j DROP', '-j RETURN', '-j MARK --set-xmark 0x4000/0x4000', '-j GONE', '-j LOG', ''],
  );
  const rule = fc
    .tuple(fc.constantFrom(...chains), condition, chance, target)
    .map(([chain, matches, random, action]) => `-A ${chain} ${matches}${random}${action}`.trimEnd());
  const known = fc.record(
    { protocol: fc.constantFrom('tcp', 'udp'), mark: fc.constantFrom(0, 0x4000) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 14 }), known, (rules, fields) => {
      // Loops are refused by the kernel and grow without measure here: jumps lead forward only.
      const forward = rules.filter((text) => {
        const [, from, to] = /^-A (\w) .*-[jg] ([ABCD])$/.exec(text) ?? [];
        return from === undefined || to === undefined || from < to;
      });
      const { protocol: _, mark: __, ...rest } = packet;
      const ends = walk(tableOf(forward, chains), { ...rest, ...fields });
      for (const { weight } of ends) assert.ok(weight.numerator > 0n && weight.numerator <= weight.denominator);
    }),
    { numRuns: 500 },
  );
});
