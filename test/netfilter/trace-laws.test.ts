// What holds of every walk: it ends, it does not throw, and the shares of its ends add up to 1.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOne, plus, zero } from '../../src/netfilter/fraction.ts';
import type { Packet } from '../../src/netfilter/packet.ts';
import { type Trace, trace } from '../../src/netfilter/trace.ts';
import { parseIptablesSave } from '../../src/parse/iptables-save.ts';
import { dumps } from '../proxiers/recordings.ts';
import { node } from './node.ts';
import { tableText, wholeRuleset } from './text.ts';

const packet: Packet = {
  family: 'IPv4',
  protocol: 'tcp',
  source: '203.0.113.5',
  destination: '10.96.0.1',
  sourcePort: 40_000,
  destinationPort: 80,
  inInterface: 'eth0',
  mark: 0,
  fragment: false,
};

function assertWhole({ outcomes }: Trace): void {
  const sum = outcomes.map(({ probability }) => probability ?? zero).reduce(plus, zero);
  assert.ok(isOne(sum), `the shares add up to ${sum.numerator}/${sum.denominator}`);
  assert.ok(outcomes.every((outcome) => outcome.steps().length > 0));
}

function walk(rules: readonly string[], empty: readonly string[] = []): Trace {
  return trace([wholeRuleset(tableText('filter', rules, empty))], packet, node);
}

const chains = ['FORWARD', 'A', 'B', 'C', 'D'];
const anyMatch = fc.constantFrom(
  '',
  '-p tcp',
  '! -d 10.96.0.1/32',
  '-m mark --mark 0x1/0x1',
  '-m statistic --mode random --probability 0.3',
  '-m statistic --mode random --probability 0.00000000047',
  '-m statistic --mode nth --every 3 --packet 0',
  '-m set --match-set s src',
  '-m odd --thing',
  '-m recent --rcheck --name r --mask 255.255.255.255 --rsource',
  '-m recent --set --name r --mask 255.255.255.255 --rsource',
  '-m recent ! --update --seconds 5 --name r --mask 255.255.255.255 --rsource',
);
const anyTarget = fc.oneof(
  fc.constantFrom(
    '-j ACCEPT',
    '-j DROP',
    '-j RETURN',
    '',
    '-j ODD',
    '-j MARK --set-xmark 0x1/0x1',
    '-j MARK --xor-mark 0x1',
    '-j NFQUEUE --queue-num 0',
  ),
  fc
    .constantFrom('-j', '-g')
    .chain((how) => fc.constantFrom('A', 'B', 'C', 'D', 'GONE').map((chain) => `${how} ${chain}`)),
);
const anyRule = fc
  .tuple(fc.constantFrom(...chains), anyMatch, anyMatch, anyTarget)
  .map((parts) => `-A ${parts.filter(Boolean).join(' ')}`);

test('any rules, loops among them: the walk ends and its shares are whole', () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 40 }), (rules) => assertWhole(walk(rules, ['A', 'B', 'C', 'D']))),
    { numRuns: 400 },
  );
});

test('any line in any table, as it may stand in a damaged text, is walked', () => {
  const words = fc.constantFrom(
    '-j',
    '-g',
    '-m',
    '!',
    'A',
    'ACCEPT',
    'DNAT',
    '--to-destination',
    '10.0.0.1',
    ':80',
    '-d',
    '::/0',
    'statistic',
    '--mode',
    'random',
    '--probability',
    'NaN',
    'CT',
    'MASQUERADE',
    'set',
    '--match-set',
    'x',
    'src,dst',
    'TPROXY',
    '"',
  );
  const line = fc.tuple(
    fc.constantFrom('PREROUTING', 'FORWARD', 'POSTROUTING', 'A'),
    fc.array(words, { maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.constantFrom('raw', 'mangle', 'nat', 'filter'), fc.array(line, { maxLength: 8 }), (table, lines) => {
      const rules = lines.map(([chain, rest]) => `-A ${chain} ${rest.join(' ')}`);
      const text = `*${table}\n:PREROUTING ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:POSTROUTING - [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
      assertWhole(trace([parseIptablesSave(text, 'IPv4')], packet, node));
    }),
    { numRuns: 400 },
  );
});

test('any part of the packet and of the node may be missing', () => {
  const some = <T extends object>(whole: T) =>
    fc
      .subarray(Object.keys(whole))
      .map((keys) => Object.fromEntries(Object.entries(whole).filter(([key]) => keys.includes(key))));
  const ruleset = wholeRuleset(
    tableText('nat', [
      '-A PREROUTING -p tcp -m addrtype --dst-type LOCAL -j REDIRECT --to-ports 1-9',
      '-A PREROUTING -j NETMAP --to 10.1.0.0/16',
      '-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE',
      '-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.1-192.0.2.9',
      '-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90',
    ]),
  );
  fc.assert(
    fc.property(some(packet), some(node), fc.constantFrom('eth0', null, undefined), (fields, facts, inInterface) => {
      const partial: Packet = { ...fields, family: 'IPv4', ...(inInterface !== undefined && { inInterface }) };
      assertWhole(trace([ruleset], partial, facts));
    }),
  );
});

test('ten thousand chains deep', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => `-A C${index} -j C${index + 1}`);
  const traced = walk(['-A FORWARD -j C0', ...rules, '-A C10000 -j DROP']);
  assert.deepEqual(
    traced.outcomes.map(({ fate, rule }) => [fate, rule?.chain]),
    [['dropped', 'C10000']],
  );
});

test('ten thousand chains deep, each perhaps', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => `-A C${index} -m odd --thing -j C${index + 1}`);
  const traced = walk(['-A FORWARD -j C0', ...rules, '-A C10000 -j DROP']);
  assertWhole(traced);
  assert.deepEqual(
    traced.outcomes.map(({ fate }) => fate),
    ['undetermined'],
  );
});

for (const how of ['-j', '-g']) {
  test(`a loop of ${how} is told as one`, () => {
    const { outcomes } = walk([`-A FORWARD ${how} A`, `-A A ${how} B`, `-A B ${how} A`]);
    assert.deepEqual(
      outcomes.map(({ fate, reason }) => [fate, reason]),
      [['undetermined', 'the chains of table filter lead round in a loop']],
    );
  });
}

test('ways that part and meet again do not multiply', () => {
  const rules = Array.from({ length: 400 }, (_, index) => [
    '-A FORWARD -m statistic --mode random --probability 0.5 -j A',
    `-A FORWARD -m odd --thing${index} -j A`,
  ]).flat();
  assert.deepEqual(
    walk(rules, ['A']).outcomes.map(({ fate }) => fate),
    ['accepted'],
  );
});

test('ways that nobody can follow all of are told as open', () => {
  // Every chain leads twice to the next: 2^40 rules would be asked.
  const doubled = Array.from({ length: 40 }, (_, index) =>
    Array.from({ length: 2 }, () => `-A C${index} -j C${index + 1}`),
  ).flat();
  const { outcomes } = walk(['-A FORWARD -j C0', ...doubled], ['C40']);
  assert.deepEqual(
    outcomes.map(({ fate, reason }) => [fate, reason]),
    [['undetermined', 'the walk is longer than this program follows']],
  );
});

test('every recording, and a thousand backends, are walked', () => {
  for (const { family, text } of dumps) {
    const own = family === 'IPv4' ? packet : { ...packet, family, source: 'fd00::5', destination: 'fd00:10:96::1' };
    const ruleset = parseIptablesSave(text, family);
    for (const inInterface of ['eth0', null]) assertWhole(trace([ruleset], { ...own, inInterface }, node));
  }
  const backends = Array.from({ length: 1_000 }, (_, index) => {
    const chance =
      index === 999 ? '' : `-m statistic --mode random --probability ${(1 / (1_000 - index)).toFixed(11)} `;
    return `-A PREROUTING -p tcp ${chance}-j DNAT --to-destination 10.244.${index >> 8}.${index & 255}:80`;
  });
  const traced = trace([wholeRuleset(tableText('nat', backends))], packet, node);
  assertWhole(traced);
  assert.equal(traced.outcomes.length, 1_000);
});
