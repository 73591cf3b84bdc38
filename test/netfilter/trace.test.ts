import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toNumber } from '../../src/netfilter/fraction.ts';
import type { NodeFacts } from '../../src/netfilter/node-facts.ts';
import type { Packet } from '../../src/netfilter/packet.ts';
import { type Ending, type Outcome, trace, traceReply } from '../../src/netfilter/trace.ts';
import { node, withSysctls } from './node.ts';
import { tableText, wholeRuleset } from './text.ts';

const outside: Packet = {
  family: 'IPv4',
  protocol: 'tcp',
  source: '203.0.113.5',
  destination: '10.96.0.1',
  sourcePort: 40_000,
  destinationPort: 80,
  tcpFlags: ['SYN'],
  inInterface: 'eth0',
  mark: 0,
  fragment: false,
};
const own: Packet = { ...outside, source: '192.0.2.1', inInterface: null, owner: { uid: 0, gid: 0 } };

const { inInterface: _, ...withoutInterface } = outside;

function without(setting: string): ReadonlyMap<string, string> {
  return new Map([...node.sysctls].filter(([name]) => name !== setting));
}

/** Rules by table; the built-in chains of the others are not there at all. */
type Tables = Readonly<Record<string, readonly string[]>>;

function rulesetOf(tables: Tables) {
  return wholeRuleset(
    Object.entries(tables)
      .map(([name, rules]) => tableText(name, rules))
      .join(''),
  );
}

function outcomesOf(tables: Tables, packet: Packet, facts: NodeFacts = node): readonly Outcome[] {
  return trace([rulesetOf(tables)], packet, facts).outcomes;
}

/** `1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80`, and in brackets the facts that would decide. */
function told(outcome: Outcome): string {
  const share = outcome.probability === undefined ? 'seen' : String(toNumber(outcome.probability));
  const open =
    outcome.open === undefined
      ? ''
      : ` [${outcome.open.facts.join('; ')}: ${outcome.open.endings.map(briefly).join(' or ')}]`;
  return `${share} ${briefly(outcome)}${open}`;
}

function briefly(ending: Ending): string {
  const { fate, delivered, interface: name, source, sourcePort, destination, destinationPort, reason } = ending;
  const how = [fate, delivered, name, reason].filter(Boolean).join(' ');
  return `${how}: ${source}:${sourcePort} > ${destination}:${destinationPort}`;
}

interface Case {
  readonly name: string;
  readonly tables: Tables;
  readonly packet: Packet;
  readonly facts?: NodeFacts;
  readonly ends: readonly string[];
}

const toPod = '-j DNAT --to-destination 10.244.0.9:8080';
const half = '-m statistic --mode random --probability 0.5';

const cases: readonly Case[] = [
  {
    name: 'no rules: what is not for the node is forwarded',
    tables: { filter: [] },
    packet: outside,
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'behind DNAT the new destination is routed',
    tables: { nat: [`-A PREROUTING -d 10.96.0.1/32 -p tcp ${toPod}`], filter: ['-A FORWARD ! -o cni0 -j DROP'] },
    packet: outside,
    ends: ['1 accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:8080'],
  },
  {
    name: 'DNAT to the node itself leads through INPUT',
    tables: {
      nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 192.0.2.1:22'],
      filter: ['-A FORWARD -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 22 -j DROP'],
    },
    packet: outside,
    ends: ['1 dropped DROP: 203.0.113.5:40000 > 192.0.2.1:22'],
  },
  {
    name: 'a packet of the node is routed again behind DNAT, and its filter still sees the first interface',
    tables: {
      nat: [`-A OUTPUT -d 10.96.0.1/32 -p tcp ${toPod}`, '-A POSTROUTING -o cni0 -j MASQUERADE'],
      filter: ['-A OUTPUT -o cni0 -j DROP'],
    },
    packet: own,
    ends: ['1 accepted out cni0: 10.244.0.1:40000 > 10.244.0.9:8080'],
  },
  {
    name: 'a packet to the node itself comes in again by loopback, and nat is not asked twice',
    tables: {
      nat: ['-A PREROUTING -j DNAT --to-destination 10.244.0.9', '-A INPUT -j SNAT --to-source 10.0.0.1'],
      filter: ['-A INPUT ! -i lo -j DROP'],
    },
    packet: { ...own, destination: '192.0.2.1' },
    ends: ['1 accepted local: 192.0.2.1:40000 > 192.0.2.1:80'],
  },
  {
    name: 'REDIRECT gives the first address of the interface, and 127.0.0.1 to packets of the node',
    tables: {
      nat: ['-A PREROUTING -p tcp -j REDIRECT --to-ports 15001', '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'],
    },
    packet: outside,
    ends: ['1 accepted local: 203.0.113.5:40000 > 192.0.2.1:15001'],
  },
  {
    name: 'hairpin: a client behind cni0 comes back to itself as the node',
    tables: {
      nat: [`-A PREROUTING -p tcp ${toPod}`, '-A POSTROUTING -s 10.244.0.9/32 -d 10.244.0.9/32 -j MASQUERADE'],
    },
    packet: { ...outside, source: '10.244.0.9', inInterface: 'cni0' },
    ends: ['1 accepted out cni0: 10.244.0.1:40000 > 10.244.0.9:8080'],
  },
  {
    name: 'NOTRACK: nat has no say',
    tables: { raw: ['-A PREROUTING -p tcp -j NOTRACK'], nat: [`-A PREROUTING -p tcp ${toPod}`] },
    packet: outside,
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'CT --notrack: the packet is UNTRACKED, not INVALID',
    tables: {
      raw: ['-A PREROUTING -j CT --notrack'],
      filter: ['-A FORWARD -m conntrack --ctstate UNTRACKED -j REJECT --reject-with icmp-port-unreachable'],
    },
    packet: outside,
    ends: ['1 rejected icmp-port-unreachable: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'a translation to the same is none',
    tables: {
      nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 10.96.0.1:80'],
      filter: ['-A FORWARD -m conntrack --ctstate DNAT -j DROP'],
    },
    packet: outside,
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'marks go from the packet to the connection and back',
    tables: {
      mangle: [
        '-A PREROUTING -j MARK --set-xmark 0x4000/0x4000',
        '-A PREROUTING -j CONNMARK --save-mark',
        '-A PREROUTING -j MARK --set-xmark 0x0',
        '-A FORWARD -j CONNMARK --restore-mark',
      ],
      nat: ['-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE'],
    },
    packet: outside,
    ends: ['1 accepted out eth0: 192.0.2.1:40000 > 10.96.0.1:80'],
  },
  {
    name: 'the shares of a balancer',
    tables: {
      nat: [
        '-A PREROUTING -p tcp -j SVC',
        `-A SVC -p tcp ${half} -j DNAT --to-destination 10.244.0.9:8080`,
        `-A SVC -p tcp ${half} -j DNAT --to-destination 10.244.0.8:8080`,
        '-A SVC -p tcp -j DNAT --to-destination 10.244.0.9:8080',
      ],
    },
    packet: outside,
    ends: [
      '0.25 accepted out cni0: 203.0.113.5:40000 > 10.244.0.8:8080',
      '0.75 accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:8080',
    ],
  },
  {
    name: 'a set that is not known leaves both ways open, and says so',
    tables: { filter: ['-A FORWARD -m set --match-set blocked src -j DROP'] },
    packet: outside,
    ends: [
      '1 undetermined: 203.0.113.5:40000 > 10.96.0.1:80 [the members of ipset "blocked": dropped DROP: 203.0.113.5:40000 > 10.96.0.1:80 or accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80]',
    ],
  },
  {
    name: 'a set that is known decides',
    tables: { filter: ['-A FORWARD -m set --match-set blocked src -j DROP'] },
    packet: outside,
    facts: { ...node, sets: new Map([['blocked', { type: 'hash:net', members: ['203.0.113.0/24'] }]]) },
    ends: ['1 dropped DROP: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'what is not known and changes nothing leaves nothing open',
    tables: {
      filter: [
        '-A FORWARD -m limit --limit 1/sec -j LOG',
        '-A FORWARD -m set --match-set x src -j MARK --set-xmark 0x1/0x1',
        '-A FORWARD -m set --match-set x src -j ACCEPT',
        '-A FORWARD -m odd --thing -j RETURN',
      ],
    },
    packet: outside,
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'an unknown that only some come to leaves only those open',
    tables: {
      nat: [`-A PREROUTING -p tcp ${half} ${toPod}`],
      filter: ['-A FORWARD -o cni0 -m odd --thing -j DROP'],
    },
    packet: outside,
    ends: [
      '0.5 undetermined: 203.0.113.5:40000 > 10.244.0.9:8080 [what the match "odd" says of the packet: dropped DROP: 203.0.113.5:40000 > 10.244.0.9:8080 or accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:8080]',
      '0.5 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80',
    ],
  },
  {
    name: 'a target that nobody knows may do anything',
    tables: { filter: ['-A FORWARD -j ODD'] },
    packet: outside,
    ends: [
      '1 undetermined: 203.0.113.5:40000 > 10.96.0.1:80 [what the target "ODD" does: accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80 or undetermined what the target "ODD" does: 203.0.113.5:40000 > 10.96.0.1:80]',
    ],
  },
  {
    name: 'a queue is read by a program',
    tables: { filter: ['-A FORWARD -j NFQUEUE --queue-num 3'] },
    packet: outside,
    ends: ['1 undetermined the program that reads queue 3: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'whose turn it is of n nobody knows, but all turns are accepted',
    tables: {
      nat: [
        '-A PREROUTING -p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.244.0.9',
        '-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.8',
      ],
    },
    packet: outside,
    ends: [
      '1 accepted out cni0: 203.0.113.5:40000 > undefined:80 [how many packets the rule has counted: accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:80 or accepted out cni0: 203.0.113.5:40000 > 10.244.0.8:80]',
    ],
  },
  {
    name: 'affinity: the shares are those of new clients, and where the others go is told',
    tables: {
      nat: [
        '-A PREROUTING -p tcp -j SVC',
        '-A SVC -m recent --rcheck --seconds 10800 --reap --name A --mask 255.255.255.255 --rsource -j A',
        `-A SVC ${half} -j A`,
        '-A SVC -p tcp -j DNAT --to-destination 10.244.0.8:8080',
        `-A A -p tcp -m recent --set --name A --mask 255.255.255.255 --rsource ${toPod}`,
      ],
    },
    packet: outside,
    ends: [
      '0.5 accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:8080',
      '0.5 accepted out cni0: 203.0.113.5:40000 > 10.244.0.8:8080',
      'seen accepted out cni0: 203.0.113.5:40000 > 10.244.0.9:8080',
    ],
  },
  {
    name: 'without the routes nothing is certain behind PREROUTING',
    tables: { filter: [] },
    packet: outside,
    facts: {},
    ends: [
      '1 undetermined: 203.0.113.5:40000 > 10.96.0.1:80 [the addresses of the node: accepted local: 203.0.113.5:40000 > 10.96.0.1:80 or accepted out: 203.0.113.5:40000 > 10.96.0.1:80 or dropped the addresses of the node: 203.0.113.5:40000 > 10.96.0.1:80]',
    ],
  },
  {
    name: 'a node that does not forward',
    tables: { filter: [] },
    packet: outside,
    facts: withSysctls({ 'net.ipv4.ip_forward': '0' }),
    ends: ['1 dropped the node does not forward: net.ipv4.ip_forward is 0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'rp_filter drops what would be answered elsewhere',
    tables: { filter: [] },
    packet: { ...outside, source: '10.244.0.7' },
    facts: withSysctls({ 'net.ipv4.conf.all.rp_filter': '1' }),
    ends: ['1 dropped rp_filter is 1: no way back to 10.244.0.7 by eth0: 10.244.0.7:40000 > 10.96.0.1:80'],
  },
  {
    name: 'whether the node forwards is not known: it goes on or is dropped, and no third',
    tables: { filter: [] },
    packet: outside,
    facts: { ...node, sysctls: without('net.ipv4.ip_forward') },
    ends: [
      '1 undetermined: 203.0.113.5:40000 > 10.96.0.1:80 [net.ipv4.ip_forward: accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80 or dropped net.ipv4.ip_forward: 203.0.113.5:40000 > 10.96.0.1:80]',
    ],
  },
  {
    name: 'rp_filter that is not known decides nothing where the way back is the way in',
    tables: { filter: [] },
    packet: outside,
    facts: { ...node, sysctls: without('net.ipv4.conf.eth0.rp_filter') },
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
  {
    name: 'rp_filter that is not known decides where the way back is another',
    tables: { filter: [] },
    packet: { ...outside, source: '10.244.0.7' },
    facts: { ...node, sysctls: without('net.ipv4.conf.eth0.rp_filter') },
    ends: [
      '1 undetermined: 10.244.0.7:40000 > 10.96.0.1:80 [net.ipv4.conf.eth0.rp_filter: accepted out eth0: 10.244.0.7:40000 > 10.96.0.1:80 or dropped net.ipv4.conf.eth0.rp_filter: 10.244.0.7:40000 > 10.96.0.1:80]',
    ],
  },
  {
    name: 'a packet that comes in by nobody knows what is for the node all the same, unless rp_filter drops it',
    tables: { filter: [] },
    packet: { ...withoutInterface, destination: '192.0.2.1' },
    ends: [
      '1 undetermined: 203.0.113.5:40000 > 192.0.2.1:80 [rp_filter of the interface the packet comes in by: accepted local: 203.0.113.5:40000 > 192.0.2.1:80 or dropped rp_filter of the interface the packet comes in by: 203.0.113.5:40000 > 192.0.2.1:80]',
    ],
  },
  {
    name: 'route_localnet of all is enough',
    tables: { nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1:80'] },
    packet: outside,
    facts: {
      ...node,
      sysctls: new Map([...without('net.ipv4.conf.eth0.route_localnet'), ['net.ipv4.conf.all.route_localnet', '1']]),
    },
    ends: ['1 accepted local: 203.0.113.5:40000 > 127.0.0.1:80'],
  },
  {
    name: 'DNAT to loopback from outside needs route_localnet',
    tables: { nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1:80'] },
    packet: outside,
    ends: ['1 dropped 127.0.0.1 came in by eth0: route_localnet is 0: 203.0.113.5:40000 > 127.0.0.1:80'],
  },
  {
    name: 'a goto from a built-in chain comes back to its policy',
    tables: { filter: ['-A FORWARD -g A', '-A FORWARD -j DROP', '-A A -p udp -j DROP'] },
    packet: outside,
    ends: ['1 accepted out eth0: 203.0.113.5:40000 > 10.96.0.1:80'],
  },
];

suite('outcomes', () => {
  for (const { name, tables, packet, facts, ends } of cases) {
    test(name, () => assert.deepEqual(outcomesOf(tables, packet, facts).map(told), ends));
  }
});

test('REDIRECT of a packet of the node leads to loopback', () => {
  const [outcome] = outcomesOf({ nat: ['-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'] }, own);
  assert.equal(outcome && told(outcome), '1 accepted local: 192.0.2.1:40000 > 127.0.0.1:15001');
});

test('two backends: both filters have a say, and the first nat that translates', () => {
  const nft = rulesetOf({ nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.9'] });
  const legacy = rulesetOf({
    nat: ['-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.8'],
    filter: ['-A FORWARD -d 10.244.0.9/32 -j DROP'],
  });
  assert.deepEqual(trace([nft, legacy], outside, node).outcomes.map(told), [
    '1 dropped DROP: 203.0.113.5:40000 > 10.244.0.9:80',
  ]);
  assert.deepEqual(trace([legacy, nft], outside, node).outcomes.map(told), [
    '1 accepted out cni0: 203.0.113.5:40000 > 10.244.0.8:80',
  ]);
});

test('an answer comes back as what was asked', () => {
  const tables = {
    nat: [`-A PREROUTING -p tcp ${toPod}`, '-A POSTROUTING -o cni0 -j MASQUERADE'],
    filter: ['-A FORWARD -m conntrack --ctstate ESTABLISHED --ctdir REPLY -j ACCEPT', '-A FORWARD -i cni0 -j DROP'],
  };
  const ruleset = rulesetOf(tables);
  const [outcome] = trace([ruleset], outside, node).outcomes;
  const reply = outcome && traceReply([ruleset], outcome, node);
  assert.deepEqual(reply?.outcomes.map(told), ['1 accepted out eth0: 10.96.0.1:80 > 203.0.113.5:40000']);
});

test('what was dropped has no answer', () => {
  const [outcome] = outcomesOf({ filter: ['-A FORWARD -j DROP'] }, outside);
  assert.ok(outcome);
  assert.equal(traceReply([], outcome, node), undefined);
});

test('the steps in their order', () => {
  const [outcome] = outcomesOf(
    {
      nat: ['-A PREROUTING -p udp', '-A PREROUTING -j A', `-A A -p tcp ${toPod}`],
      filter: ['-A FORWARD -j MARK --set-xmark 0x1/0x1', '-A FORWARD -j DROP'],
    },
    outside,
  );
  const steps = outcome?.steps().map((step) => {
    const rule = 'rule' in step && step.rule !== undefined ? ` ${step.rule.chain}${step.rule.index}` : '';
    return `${step.kind}${rule}`;
  });
  assert.deepEqual(steps, [
    'hook',
    'conntrack',
    'table',
    'skip PREROUTING1',
    'match PREROUTING2',
    'enter PREROUTING2',
    'match A1',
    'rewrite A1',
    'verdict A1',
    'routing',
    'hook',
    'table',
    'match FORWARD1',
    'mark FORWARD1',
    'match FORWARD2',
    'verdict FORWARD2',
  ]);
});

test('the mark of ends that are one is told where it is the same', () => {
  const marks = (rules: readonly string[]) => outcomesOf({ mangle: rules }, outside).map(({ mark }) => mark);
  assert.deepEqual(marks([`-A FORWARD ${half} -j MARK --set-xmark 0x1`]), [undefined]);
  assert.deepEqual(marks([`-A FORWARD ${half} -j MARK --set-xmark 0x0`, '-A FORWARD -j MARK --set-xmark 0x2']), [2]);
});
