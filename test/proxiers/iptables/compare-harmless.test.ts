// What differs in its text and not in what it does is forgiven, each with its reason.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Changed, compared, inserted, replaced, without } from './compare-case.ts';
import { balancer, here, nodePort } from './expect-case.ts';
import { settingsFor } from './expected-of.ts';

interface Harmless extends Changed {
  readonly name: string;
  readonly forgiven: readonly string[];
}

const cases: readonly Harmless[] = [
  { name: 'nothing changed', edit: (text) => text, forgiven: [] },
  {
    name: 'other words in a comment',
    edit: replaced('"shop/s:http -> 10.244.0.5:8080"', '"shop/s:http"'),
    forgiven: ['nat/KUBE-SVC comment'],
  },
  {
    name: 'no comment in a shared chain',
    edit: replaced(' -m comment --comment "shop/s:http cluster IP"', ''),
    forgiven: ['nat/KUBE-SERVICES comment'],
  },
  {
    name: 'no comment on the first of two ways in by one address',
    spec: {
      type: 'LoadBalancer',
      externalIPs: ['198.51.100.124'],
      loadBalancerSourceRanges: ['203.0.113.0/24'],
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.124' }] } },
    },
    edit: replaced(' -m comment --comment "shop/s:http external IP"', ''),
    forgiven: ['nat/KUBE-SERVICES comment'],
  },
  {
    name: 'fewer digits',
    edit: replaced('0.50000000000', '0.5000000'),
    forgiven: ['nat/KUBE-SVC comment', 'nat/KUBE-SVC rounding'],
  },
  {
    name: 'certainty',
    edit: replaced('-A KUBE-EXT -j', '-A KUBE-EXT -m statistic --mode random --probability 1.00000000000 -j'),
    forgiven: ['nat/KUBE-EXT comment', 'nat/KUBE-EXT rounding'],
  },
  {
    name: 'accounting that is left out',
    edit: without('-A KUBE-NODEPORTS -d 127.0.0.0/8'),
    forgiven: ['nat/KUBE-NODEPORTS counting'],
  },
  {
    name: 'accounting of something else',
    edit: replaced(
      '-d 127.0.0.0/8 -p tcp -m comment --comment "shop/s:http" -m tcp --dport 30080 -m nfacct',
      '-s 10.0.0.0/8 -p tcp -m comment --comment "shop/s:http" -m tcp --dport 30080 -m nfacct',
    ),
    forgiven: ['nat/KUBE-NODEPORTS counting'],
  },
  {
    name: 'ranges in another order: whoever is in one of them goes the same way',
    edit: (text) =>
      inserted(
        '-A KUBE-FW -s 203.0.113.0/24 -m comment --comment "shop/s:http loadbalancer IP" -j KUBE-EXT',
        'after',
        '-A KUBE-FW -s 198',
      )(without('-A KUBE-FW -s 203')(text)),
    forgiven: ['nat/KUBE-FW order'],
  },
  {
    name: 'a range within another is left out',
    spec: balancer(['203.0.113.0/24', '203.0.113.64/26', '10.0.0.0/8']),
    edit: without('-A KUBE-FW -s 203.0.113.64'),
    forgiven: ['nat/KUBE-FW repeated-rule'],
  },
  {
    name: 'a rule twice',
    edit: inserted('-A KUBE-EXT -j KUBE-MARK-MASQ', 'after', '-A KUBE-EXT -m comment'),
    forgiven: ['nat/KUBE-EXT repeated-rule'],
  },
  {
    name: 'a rule of a shared chain twice',
    edit: inserted(
      '-A KUBE-SERVICES -d 10.96.0.5/32 -p tcp -m tcp --dport 80 -j KUBE-SVC',
      'after',
      '-A KUBE-SERVICES -d 10.96',
    ),
    forgiven: ['nat/KUBE-SERVICES repeated-rule'],
  },
  {
    name: 'behind one that takes all',
    edit: inserted('-A KUBE-EXT -s 10.0.0.0/8 -j RETURN', 'after', '-A KUBE-EXT -j KUBE-SVC'),
    forgiven: ['nat/KUBE-EXT unreachable-rule'],
  },
  {
    name: 'behind the DNAT of the protocol that the chain is for',
    edit: inserted('-A KUBE-SEP1 -j ACCEPT', 'after', '-A KUBE-SEP1 -p tcp'),
    forgiven: ['nat/KUBE-SEP1 unreachable-rule'],
  },
  {
    name: 'in a shared chain behind one that takes the same',
    edit: inserted(
      '-A KUBE-SERVICES -d 10.96.0.5/32 -p tcp -m tcp --dport 80 -j ACCEPT',
      'after',
      '-A KUBE-SERVICES -d 10.96',
    ),
    forgiven: ['nat/KUBE-SERVICES unreachable-rule'],
  },
  {
    name: 'logging',
    edit: inserted('-A KUBE-SVC -j LOG --log-prefix "svc "', 'before', '-A KUBE-SVC '),
    forgiven: ['nat/KUBE-SVC no-effect'],
  },
  {
    name: 'a return where nothing follows that the packet could meet',
    edit: inserted('-A KUBE-FW -s 10.0.0.0/8 -j RETURN', 'before', '-A KUBE-FW -s 203'),
    forgiven: ['nat/KUBE-FW no-effect'],
  },
  {
    name: 'a return at the end of a shared chain',
    edit: inserted('-A KUBE-SERVICES -j RETURN', 'after', '-A KUBE-SERVICES -m comment'),
    forgiven: ['nat/KUBE-SERVICES no-effect'],
  },
  {
    name: 'a return between a rule and the same again',
    spec: nodePort(),
    settings: settingsFor(30),
    edit: (text) => {
      const again = '-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-EXT';
      const first = '-A KUBE-NODEPORTS';
      return inserted(
        again,
        'after',
        '-A KUBE-NODEPORTS -s',
      )(inserted('-A KUBE-NODEPORTS -s 10.0.0.0/8 -j RETURN', 'after', first)(text));
    },
    forgiven: ['nat/KUBE-NODEPORTS no-effect', 'nat/KUBE-NODEPORTS repeated-rule'],
  },
  {
    name: 'what kubelet wrote into KUBE-FIREWALL',
    edit: inserted(
      '-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP',
      'before',
      '-A KUBE-FIREWALL',
    ),
    forgiven: [],
  },
  {
    name: 'a chain that nobody leads to',
    edit: replaced(':KUBE-SVC - [0:0]', ':KUBE-SVC - [0:0]\n:KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]'),
    forgiven: ['nat/KUBE-SEP-AAAAAAAAAAAAAAAA unused-chain'],
  },
  {
    name: 'no canary',
    edit: without(':KUBE-PROXY-CANARY'),
    forgiven: ['mangle/KUBE-PROXY-CANARY canary'],
  },
  {
    name: 'the jumps in another order',
    edit: (text) =>
      inserted(
        '-A INPUT -j KUBE-FIREWALL',
        'after',
        '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally',
      )(without('-A INPUT -j KUBE-FIREWALL')(text)),
    forgiven: [],
  },
  {
    name: 'states that no packet is in at once',
    edit: (text) =>
      inserted(
        '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        'before',
        '-A KUBE-FORWARD',
      )(without('-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack')(text)),
    forgiven: ['filter/KUBE-FORWARD order'],
  },
  {
    name: 'states listed the other way round',
    edit: replaced('RELATED,ESTABLISHED -j', 'ESTABLISHED,RELATED -j'),
    forgiven: ['filter/KUBE-FORWARD comment'],
  },
  {
    name: 'affinity to the one backend there is',
    slices: [{ endpoints: [here] }],
    edit: without('-A KUBE-SVC -m comment --comment "shop/s:http -> 10.244.0.5:8080" -m recent'),
    forgiven: ['nat/KUBE-SVC repeated-rule'],
  },
  {
    name: 'a node that is told twice to be let in',
    spec: nodePort(),
    settings: settingsFor(30),
    edit: inserted('-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-EXT', 'after', '-A KUBE-NODEPORTS'),
    forgiven: ['nat/KUBE-NODEPORTS repeated-rule'],
  },
];

suite('forgiven', () => {
  for (const { name, forgiven, ...changed } of cases) {
    test(name, () => assert.deepEqual(compared(changed), { differences: [], forgiven }));
  }
});
