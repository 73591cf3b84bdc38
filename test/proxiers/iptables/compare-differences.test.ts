// What packets can tell is told, with whose it is and as a small diff: however much it looks like what is forgiven.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Changed, compared, inserted, replaced, without } from './compare-case.ts';
import { external, words } from './expect-case.ts';

interface Told extends Changed {
  readonly name: string;
  readonly differences: readonly (readonly string[])[];
}

const clusterIP = `-A KUBE-SERVICES -d 10.96.0.5/32 -p tcp ${words(' cluster IP')} -m tcp --dport 80 -j KUBE-SVC`;
const toSecond = `-A KUBE-SVC ${words(' -> 10.244.1.5:8080')} -j KUBE-SEP2`;
const half = `-A KUBE-SVC ${words(' -> 10.244.0.5:8080')} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP1`;
const stays = (backend: number) =>
  `-A KUBE-SVC ${words(` -> 10.244.${backend - 1}.5:8080`)} -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP${backend} --mask 255.255.255.255 --rsource -j KUBE-SEP${backend}`;
const refused = `-A KUBE-PROXY-FIREWALL -d 198.51.100.124/32 -p tcp ${words(' traffic not accepted by KUBE-FW')} -m tcp --dport 80 -j DROP`;
const healthy = '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS';
const notMarked = '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN';
const unmark = '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0';
const masquerade = `-A KUBE-EXT ${external('masquerade traffic')} -j KUBE-MARK-MASQ`;

const cases: readonly Told[] = [
  {
    name: 'missing, an entry',
    edit: without(clusterIP),
    differences: [['nat/KUBE-SERVICES entry missing shop/s', `- ${clusterIP}`]],
  },
  {
    name: 'missing, a whole chain of the Service',
    edit: (text) => without('-A KUBE-SEP2 -s')(without('-A KUBE-SEP2 -p')(text)),
    differences: [
      [
        'nat/KUBE-SEP2 backend missing shop/s',
        `- -A KUBE-SEP2 -s 10.244.1.5/32 ${words('')} -j KUBE-MARK-MASQ`,
        `- -A KUBE-SEP2 -p tcp ${words('')} -m recent --set --name KUBE-SEP2 --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.244.1.5:8080`,
      ],
    ],
  },
  {
    name: 'missing, what keeps others than the ranges out',
    edit: without('-A KUBE-PROXY-FIREWALL'),
    differences: [['filter/KUBE-PROXY-FIREWALL source-ranges missing shop/s', `- ${refused}`]],
  },
  { name: 'missing, a jump', edit: without(healthy), differences: [['filter/INPUT jump missing', `- ${healthy}`]] },
  {
    name: 'missing, masquerading',
    edit: without(masquerade),
    differences: [['nat/KUBE-EXT external missing shop/s', `- ${masquerade}`]],
  },
  {
    name: 'extra, of a Service that is not there',
    edit: inserted(
      '-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "shop/old:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA',
      'before',
      clusterIP,
    ),
    differences: [
      [
        'nat/KUBE-SERVICES entry extra shop/old',
        '+ -A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m comment --comment "shop/old:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA',
      ],
    ],
  },
  {
    name: 'extra, a rule that returns too early',
    edit: inserted('-A KUBE-FW -s 203.0.113.9/32 -j RETURN', 'before', '-A KUBE-FW'),
    differences: [['nat/KUBE-FW source-ranges extra shop/s', '+ -A KUBE-FW -s 203.0.113.9/32 -j RETURN']],
  },
  {
    name: 'changed, where it leads',
    edit: replaced('-A KUBE-EXT -j KUBE-SVC', '-A KUBE-EXT -j KUBE-SEP1'),
    differences: [['nat/KUBE-EXT external changed shop/s', '- -A KUBE-EXT -j KUBE-SVC', '+ -A KUBE-EXT -j KUBE-SEP1']],
  },
  {
    name: 'changed, a share',
    edit: replaced('0.50000000000', '0.33333333349'),
    differences: [
      ['nat/KUBE-SVC balance changed shop/s', `- ${half}`, `+ ${half.replace('0.50000000000', '0.33333333349')}`],
    ],
  },
  {
    name: 'changed, an entry that takes only some',
    edit: replaced(clusterIP, clusterIP.replace('-A KUBE-SERVICES', '-A KUBE-SERVICES -s 10.0.0.0/8')),
    differences: [
      [
        'nat/KUBE-SERVICES entry changed shop/s',
        `- ${clusterIP}`,
        `+ ${clusterIP.replace('-A KUBE-SERVICES', '-A KUBE-SERVICES -s 10.0.0.0/8')}`,
      ],
    ],
  },
  {
    name: 'order, the last rule before the one that shares out',
    edit: (text) => inserted(toSecond, 'before', half)(without(toSecond)(text)),
    differences: [['nat/KUBE-SVC balance order shop/s', `- ${half}`, `+ ${half}`]],
  },
  {
    name: 'order, who of two backends a client stays with that both have seen',
    edit: (text) => inserted(stays(1), 'after', stays(2))(without(stays(1))(text)),
    differences: [['nat/KUBE-SVC balance order shop/s', `- ${stays(1)}`, `+ ${stays(1)}`]],
  },
  {
    name: 'order, an address of two kinds: as an external IP it is open to all, as the load balancer’s it is not',
    spec: {
      type: 'LoadBalancer',
      externalIPs: ['198.51.100.124'],
      loadBalancerSourceRanges: ['203.0.113.0/24'],
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.124' }] } },
    },
    edit: (text) => {
      const open = `-A KUBE-SERVICES -d 198.51.100.124/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`;
      return inserted(
        open,
        'after',
        open.replace('external IP', 'loadbalancer IP').replace('KUBE-EXT', 'KUBE-FW'),
      )(without(open)(text));
    },
    differences: [
      [
        'nat/KUBE-SERVICES entry order shop/s',
        `- -A KUBE-SERVICES -d 198.51.100.124/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`,
        `+ -A KUBE-SERVICES -d 198.51.100.124/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`,
      ],
    ],
  },
  {
    name: 'foreign, in a chain that all ports share',
    edit: inserted('-A KUBE-SERVICES -s 203.0.113.0/24 -j ACCEPT', 'before', clusterIP),
    differences: [['nat/KUBE-SERVICES frame foreign', '+ -A KUBE-SERVICES -s 203.0.113.0/24 -j ACCEPT']],
  },
  {
    name: 'foreign, in kubelet’s and kube-proxy’s firewall',
    edit: inserted('-A KUBE-FIREWALL -s 203.0.113.0/24 -j ACCEPT', 'before', '-A KUBE-FIREWALL'),
    differences: [['filter/KUBE-FIREWALL frame foreign', '+ -A KUBE-FIREWALL -s 203.0.113.0/24 -j ACCEPT']],
  },
  {
    name: 'foreign, a jump that keeps a chain of the past alive',
    edit: (text) =>
      replaced(
        ':KUBE-SVC - [0:0]',
        ':KUBE-SVC - [0:0]\n:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]',
      )(inserted('-A PREROUTING -j KUBE-SVC-AAAAAAAAAAAAAAAA', 'before', '-A PREROUTING')(text)),
    differences: [['nat/PREROUTING jump foreign', '+ -A PREROUTING -j KUBE-SVC-AAAAAAAAAAAAAAAA']],
  },
  {
    name: 'a rule twice, but the mark was taken off in between',
    edit: inserted(notMarked, 'after', unmark),
    differences: [['nat/KUBE-POSTROUTING frame extra', `+ ${notMarked}`]],
  },
  {
    name: 'a rule twice that turns the mark over',
    edit: inserted(unmark, 'after', unmark),
    differences: [['nat/KUBE-POSTROUTING frame extra', `+ ${unmark}`]],
  },
  {
    name: 'a share twice',
    edit: inserted(half, 'after', half),
    differences: [['nat/KUBE-SVC balance extra shop/s', `+ ${half}`]],
  },
  {
    name: 'a return that some packets of the rules behind it meet',
    edit: inserted('-A KUBE-SERVICES -s 203.0.113.0/24 -p tcp -j RETURN', 'after', clusterIP),
    differences: [['nat/KUBE-SERVICES frame foreign', '+ -A KUBE-SERVICES -s 203.0.113.0/24 -p tcp -j RETURN']],
  },
  {
    name: 'a rule that writes down who comes by',
    edit: inserted('-A KUBE-SVC -m recent --set --name KUBE-SEP1 --mask 255.255.255.255 --rsource', 'before', stays(1)),
    differences: [
      [
        'nat/KUBE-SVC balance extra shop/s',
        '+ -A KUBE-SVC -m recent --set --name KUBE-SEP1 --mask 255.255.255.255 --rsource',
      ],
    ],
  },
  {
    name: 'a match that is not understood',
    edit: inserted('-A KUBE-EXT -m bpf --bytecode "1,6 0 0 0" -j KUBE-SVC', 'before', '-A KUBE-EXT -j'),
    differences: [['nat/KUBE-EXT external extra shop/s', '+ -A KUBE-EXT -m bpf --bytecode "1,6 0 0 0" -j KUBE-SVC']],
  },
];

suite('told', () => {
  for (const { name, differences, ...changed } of cases) {
    test(name, () => assert.deepEqual(compared(changed).differences, differences));
  }
});
