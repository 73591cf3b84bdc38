// Load balancer source ranges: KUBE-FW, and what is dropped behind it.
import { balancer, type Case, judge, reject, there, words } from './expect-case.ts';
import { settingsFor } from './expected-of.ts';

const range = (prefix: string) => `${prefix}${words(' loadbalancer IP')} -j KUBE-EXT`;
const rest = '-m comment --comment "other traffic to shop/s:http will be dropped by KUBE-PROXY-FIREWALL"';

const sourceRanges: readonly Case[] = [
  {
    name: '18: a range of length 0 lifts the firewall from 1.34 on',
    spec: balancer(['10.0.0.0/8', '0.0.0.0/0']),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(34),
    expected: { 'nat/KUBE-FW': undefined, 'filter/KUBE-PROXY-FIREWALL': undefined },
  },
  {
    name: '18 to 1.33: it is a rule without a source',
    spec: balancer(['10.0.0.0/8', '0.0.0.0/0']),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(33, { nodeAddress: undefined }),
    expected: { 'nat/KUBE-FW': [range('-s 10.0.0.0/8 '), range(''), rest] },
  },
  {
    name: 'to 1.26 nothing stands at the end',
    spec: balancer(['10.0.0.0/8']),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(26),
    expected: { 'nat/KUBE-FW': [range('-s 10.0.0.0/8 ')] },
  },
  {
    name: '19: ranges of the other family alone are no firewall',
    spec: balancer(['fd00::/8']),
    slices: [{ endpoints: [there] }],
    expected: { 'nat/KUBE-FW': undefined, 'filter/KUBE-PROXY-FIREWALL': undefined },
  },
  {
    name: '20: the node may use the load balancer IPs if it is within a range',
    spec: balancer(
      [' 192.168.77.9/24', '172.16.0.0/12'],
      [{ ip: '198.51.100.124' }, { hostname: 'lb.example' }, { ip: '198.51.100.125' }],
    ),
    slices: [{ endpoints: [there] }],
    expected: {
      'nat/KUBE-FW': [
        range('-s 192.168.77.0/24 '),
        range('-s 172.16.0.0/12 '),
        range('-s 198.51.100.124/32 '),
        range('-s 198.51.100.125/32 '),
        rest,
      ],
      'filter/KUBE-PROXY-FIREWALL': ['124', '125'].map(
        (host) =>
          `-d 198.51.100.${host}/32 -p tcp ${words(' traffic not accepted by KUBE-FW')} -m tcp --dport 80 -j DROP`,
      ),
    },
  },
  {
    name: '20: and not if it is outside',
    spec: balancer(['172.16.0.0/12']),
    slices: [{ endpoints: [there] }],
    expected: { 'nat/KUBE-FW': [range('-s 172.16.0.0/12 '), rest] },
  },
  {
    name: '21: without endpoints it is refused, and nothing is filtered by source',
    spec: balancer(['172.16.0.0/12']),
    expected: {
      'nat/KUBE-FW': undefined,
      'filter/KUBE-PROXY-FIREWALL': undefined,
      'filter/KUBE-EXTERNAL-SERVICES': [
        `-d 198.51.100.124/32 -p tcp ${words(' has no endpoints')} -m tcp --dport 80 -j ${reject}`,
      ],
    },
  },
];

judge(sourceRanges);
