// Which endpoints are used under which policy, and what is refused for want of them.
import {
  type Case,
  clusterRefused,
  external,
  here,
  judge,
  nodePort,
  nodePortRefused,
  notPods,
  reject,
  there,
  toCluster,
  words,
} from './expect-case.ts';
import { settingsFor } from './expected-of.ts';

const policies: readonly Case[] = [
  {
    name: '3: a slice port of another name gives no endpoints, whatever its number',
    slices: [{ ports: [{ name: 'web', port: 80, protocol: 'TCP' }], endpoints: [here] }],
    expected: { 'filter/KUBE-SERVICES': [clusterRefused('endpoints', reject)], 'nat/KUBE-SERVICES': undefined },
  },
  {
    name: '6: all terminating: the one that serves',
    slices: [
      {
        endpoints: [
          { ...here, is: 'ST' },
          { ...there, is: 'T' },
        ],
      },
    ],
    expected: {
      'nat/KUBE-SVC': [notPods, `${words(' -> 10.244.0.5:8080')} -j KUBE-SEP`],
      'filter/KUBE-SERVICES': undefined,
    },
  },
  {
    name: '6 before 1.26: the same is no endpoint',
    slices: [{ endpoints: [{ ...here, is: 'ST' }] }],
    settings: settingsFor(25),
    expected: { 'filter/KUBE-SERVICES': [clusterRefused('endpoints', reject)], 'nat/KUBE-SVC': undefined },
  },
  {
    name: '7: each policy falls back on its own',
    spec: nodePort({ externalTrafficPolicy: 'Local' }),
    slices: [{ endpoints: [{ ...here, is: 'ST' }, there] }],
    expected: {
      'nat/KUBE-SVL': [`${words(' -> 10.244.0.5:8080')} -j KUBE-SEP`],
      'nat/KUBE-SVC': [notPods, `${words(' -> 10.244.1.5:8080')} -j KUBE-SEP`],
      'filter/KUBE-EXTERNAL-SERVICES': undefined,
    },
  },
  {
    name: '8: no local endpoint: KUBE-EXT has no last jump, and filter drops',
    spec: nodePort({ externalTrafficPolicy: 'Local' }),
    slices: [{ endpoints: [{ ...here, is: '' }, there] }],
    expected: {
      'nat/KUBE-EXT': [
        `-s 10.244.0.0/16 ${external('pod traffic')} -j KUBE-SVC`,
        `${external('masquerade LOCAL traffic')} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
        `${external('route LOCAL traffic')} -m addrtype --src-type LOCAL -j KUBE-SVC`,
      ],
      'nat/KUBE-SVL': undefined,
      'filter/KUBE-EXTERNAL-SERVICES': [nodePortRefused('local endpoints', 'DROP')],
    },
  },
  {
    name: '9: the internal policy Local needs no KUBE-SVC, and KUBE-SVL masquerades',
    spec: { internalTrafficPolicy: 'Local' },
    slices: [{ endpoints: [{ ...here, is: 'ST' }, there] }],
    expected: {
      'nat/KUBE-SERVICES': [toCluster('KUBE-SVL')],
      'nat/KUBE-SVL': [notPods, `${words(' -> 10.244.0.5:8080')} -j KUBE-SEP`],
      'nat/KUBE-SVC': undefined,
    },
  },
  {
    name: '10: with a node port KUBE-SVC is there, too, and does not masquerade',
    spec: nodePort({ internalTrafficPolicy: 'Local' }),
    slices: [{ endpoints: [here, there] }],
    expected: {
      'nat/KUBE-SERVICES': [toCluster('KUBE-SVL')],
      'nat/KUBE-SVL': [notPods, `${words(' -> 10.244.0.5:8080')} -j KUBE-SEP`],
      'nat/KUBE-SVC': [
        `${words(' -> 10.244.0.5:8080')} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP`,
        `${words(' -> 10.244.1.5:8080')} -j KUBE-SEP`,
      ],
      'nat/KUBE-EXT': [`${external('masquerade traffic')} -j KUBE-MARK-MASQ`, '-j KUBE-SVC'],
    },
  },
  {
    name: '11: both policies Local, none local: two drops, and the chains for pods and the node itself',
    spec: nodePort({ internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' }),
    slices: [{ endpoints: [there] }],
    expected: {
      'filter/KUBE-SERVICES': [clusterRefused('local endpoints', 'DROP')],
      'filter/KUBE-EXTERNAL-SERVICES': [nodePortRefused('local endpoints', 'DROP')],
      'nat/KUBE-SERVICES': undefined,
      'nat/KUBE-SVC': [`${words(' -> 10.244.1.5:8080')} -j KUBE-SEP`],
      'nat/KUBE-SVL': undefined,
    },
  },
  ...(['cidr', 'interface', 'none'] as const).map((kind) => ({
    name: `masqueradeAll is for everybody, however pods are told: ${kind}`,
    slices: [{ endpoints: [there] }],
    settings: settingsFor(36, {
      masqueradeAll: true,
      detector:
        kind === 'cidr' ? { kind, prefix: '10.244.0.0/16' } : kind === 'none' ? { kind } : { kind, pattern: 'veth+' },
    }),
    expected: {
      'nat/KUBE-SVC': [notPods.replace('! -s 10.244.0.0/16 ', ''), `${words(' -> 10.244.1.5:8080')} -j KUBE-SEP`],
    },
  })),
  {
    name: '17: an endpoint without a node is nowhere local',
    spec: { internalTrafficPolicy: 'Local' },
    slices: [{ endpoints: [{ address: '10.244.0.5', is: 'RS' }] }],
    expected: { 'filter/KUBE-SERVICES': [clusterRefused('local endpoints', 'DROP')] },
  },
];

judge(policies);
