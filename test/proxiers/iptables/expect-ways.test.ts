// The ways in from outside: external IPs, load balancer IPs, node ports, health checks.
import { balancer, type Case, external, http, judge, nodePort, there, toCluster, words } from './expect-case.ts';
import { settingsFor } from './expected-of.ts';

const ways: readonly Case[] = [
  {
    name: '24: an external IP twice has two rules, one of another family none',
    spec: { externalIPs: ['fd00:1::1', '203.0.113.25', '203.0.113.25'] },
    slices: [{ endpoints: [there] }],
    expected: {
      'nat/KUBE-SERVICES': [
        toCluster('KUBE-SVC'),
        `-d 203.0.113.25/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`,
        `-d 203.0.113.25/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`,
      ],
    },
  },
  {
    name: 'an external IP follows the policy Local from 1.29 on',
    spec: { externalIPs: ['203.0.113.25'], externalTrafficPolicy: 'Local' },
    slices: [{ endpoints: [there] }],
    settings: settingsFor(29),
    expected: {
      'filter/KUBE-EXTERNAL-SERVICES': [
        `-d 203.0.113.25/32 -p tcp ${words(' has no local endpoints')} -m tcp --dport 80 -j DROP`,
      ],
    },
  },
  {
    name: 'and not to 1.28',
    spec: { externalIPs: ['203.0.113.25'], externalTrafficPolicy: 'Local' },
    slices: [{ endpoints: [there] }],
    settings: settingsFor(28),
    expected: {
      'filter/KUBE-EXTERNAL-SERVICES': undefined,
      'nat/KUBE-EXT': [`${external('masquerade traffic')} -j KUBE-MARK-MASQ`, '-j KUBE-SVC'],
    },
  },
  {
    name: 'without the gate an external IP has no rule, and its KUBE-EXT is there for nobody',
    spec: { externalIPs: ['203.0.113.25'] },
    slices: [{ endpoints: [there] }],
    settings: settingsFor(36, { refusesExternalIPs: true }),
    expected: {
      'nat/KUBE-SERVICES': [toCluster('KUBE-SVC')],
      'nat/KUBE-EXT': [`${external('masquerade traffic')} -j KUBE-MARK-MASQ`, '-j KUBE-SVC'],
    },
  },
  {
    name: 'to 1.35 there is no such gate',
    spec: { externalIPs: ['203.0.113.25'] },
    slices: [{ endpoints: [there] }],
    settings: settingsFor(35, { refusesExternalIPs: true }),
    expected: {
      'nat/KUBE-SERVICES': [
        toCluster('KUBE-SVC'),
        `-d 203.0.113.25/32 -p tcp ${words(' external IP')} -m tcp --dport 80 -j KUBE-EXT`,
      ],
    },
  },
  {
    name: '25: an IP of mode Proxy is not bound from 1.30 on; alone it makes nothing of the outside',
    spec: balancer([], [{ ip: '198.51.100.124', ipMode: 'Proxy' }]),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(30),
    expected: { 'nat/KUBE-SERVICES': [toCluster('KUBE-SVC')], 'nat/KUBE-EXT': undefined },
  },
  {
    name: '25 to 1.29: it is bound like the others, in the order of the status',
    spec: balancer([], [{ ip: '198.51.100.125', ipMode: 'Proxy' }, { ip: '198.51.100.124' }]),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(29),
    expected: {
      'nat/KUBE-SERVICES': [
        toCluster('KUBE-SVC'),
        `-d 198.51.100.125/32 -p tcp ${words(' loadbalancer IP')} -m tcp --dport 80 -j KUBE-EXT`,
        `-d 198.51.100.124/32 -p tcp ${words(' loadbalancer IP')} -m tcp --dport 80 -j KUBE-EXT`,
      ],
    },
  },
  {
    name: 'a node port counts localhost first from 1.31 on',
    spec: nodePort(),
    slices: [{ endpoints: [there] }],
    settings: settingsFor(31),
    expected: {
      'nat/KUBE-NODEPORTS': [
        `-d 127.0.0.0/8 ${http} --dport 30080 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT`,
        `${http} --dport 30080 -j KUBE-EXT`,
      ],
    },
  },
  ...[settingsFor(30), settingsFor(31, { counters: false }), settingsFor(31, { localhostNodePorts: false })].map(
    (settings, index) => ({
      name: `and not where it cannot or need not: ${index}`,
      spec: nodePort(),
      slices: [{ endpoints: [there] }],
      settings,
      expected: { 'nat/KUBE-NODEPORTS': [`${http} --dport 30080 -j KUBE-EXT`] },
    }),
  ),
  {
    name: '22: a health check port is there without any endpoint, once for each port, by TCP',
    spec: {
      ...balancer([]),
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32101,
      ports: [
        { name: 'a', protocol: 'UDP', port: 80 },
        { name: 'b', protocol: 'TCP', port: 80 },
      ],
    },
    expected: {
      'filter/KUBE-NODEPORTS': ['a', 'b'].map(
        (port) => `-p tcp -m comment --comment "shop/s:${port} health check node port" -m tcp --dport 32101 -j ACCEPT`,
      ),
    },
  },
];

judge(ways);
