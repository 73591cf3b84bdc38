// A report with something of everything, as an analysis would write it: one of three backends is stale on node-3.
import type { Finding } from '../../src/report/finding.ts';
import type { Graph, GraphNode, Report } from '../../src/report/report.ts';

const place = { family: 'IPv4', table: 'nat', chain: 'KUBE-SVC-LOLE4ISW44XBNF3G', index: 2 };
const rules = [
  {
    ...place,
    line: 1201,
    text: '-A KUBE-SVC-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.12.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
  },
  {
    ...place,
    line: 1202,
    text: '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "shop/web:http -> 10.244.1.8:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-57KPRZ3JQVENLNBR',
  },
  {
    ...place,
    line: 1203,
    text: '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "shop/web:http -> 10.244.2.4:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-TQ5TQ5G5ZQYHTQ7B',
  },
  {
    ...place,
    line: 1204,
    text: '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "shop/web:http -> 10.244.3.7:8080" -j KUBE-SEP-X3P2623AGDH6CDF3',
  },
] as const;

const findings: readonly Finding[] = [
  {
    code: 'KPR201',
    severity: 'critical',
    node: 'node-3',
    subject: { kind: 'Service', namespace: 'shop', name: 'web', port: 'http', protocol: 'TCP' },
    message: '33.3% of new connections go to 10.244.3.7:8080, which no EndpointSlice offers any more.',
    evidence: [
      { kind: 'rule', ...rules[3] },
      {
        kind: 'object',
        object: 'EndpointSlice shop/web-7k2xq',
        says: 'offers 10.244.1.8 and 10.244.2.4 since 14:02:11',
      },
    ],
    remedy:
      'See why kube-proxy stopped writing: `kubectl logs -n kube-system kube-proxy-x7k2 --since=1h | grep -i restore`; deleting that pod makes it write everything again.',
  },
  {
    code: 'KPR399',
    severity: 'warning',
    node: 'node-3',
    subject: { kind: 'Node', namespace: '', name: 'node-3', port: '', protocol: '' },
    message: 'Docker put its own rule before KUBE-SERVICES.',
    evidence: [
      {
        kind: 'rule',
        ...place,
        family: 'IPv6',
        chain: 'PREROUTING',
        line: 167,
        text: '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
      },
      {
        kind: 'text',
        line: 42,
        text: '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them',
      },
    ],
    remedy: '',
  },
];

const stale = [{ text: 'stale', tone: 'bad' }] as const;
const ready = [{ text: 'ready', tone: 'good' }] as const;

function node(id: string, shape: GraphNode['shape'], tone: GraphNode['tone'], ...more: string[]): GraphNode {
  return { id, label: [id, ...more], shape, tone };
}

/** PREROUTING to the pods of one Service, and where an unknown client is masqueraded. */
export const graph: Graph = {
  title: 'shop/web:http on node-3',
  nodes: [
    node('PREROUTING', 'hook', 'plain', 'nat'),
    node('OUTPUT', 'hook', 'plain', 'nat'),
    node('KUBE-SERVICES', 'chain', 'plain'),
    node('10.96.12.7:80/TCP', 'frontend', 'plain', 'cluster IP'),
    node('KUBE-SVC-LOLE4ISW44XBNF3G', 'chain', 'plain', 'shop/web:http'),
    node('KUBE-MARK-MASQ', 'chain', 'quiet'),
    node('KUBE-SEP-57KPRZ3JQVENLNBR', 'chain', 'plain'),
    node('KUBE-SEP-TQ5TQ5G5ZQYHTQ7B', 'chain', 'plain'),
    node('KUBE-SEP-3NDQ3WRAQZUZ2TBI', 'chain', 'plain'),
    node('KUBE-SEP-X3P2623AGDH6CDF3', 'chain', 'bad'),
    node('10.244.1.8:8080', 'backend', 'good', 'pod web-7d9f8b6c5-x2k8p on node-1', 'ready'),
    node('10.244.2.4:8080', 'backend', 'good', 'pod web-7d9f8b6c5-9qmzt on node-2', 'ready'),
    node('10.244.2.5:8080', 'backend', 'doubt', 'pod web-7d9f8b6c5-l4d7w on node-2', 'terminating'),
    node('10.244.3.7:8080', 'backend', 'bad', 'no pod has this address', 'stale'),
    node('DROP', 'verdict', 'bad'),
  ],
  edges: [
    { from: 'PREROUTING', to: 'KUBE-SERVICES', label: '', tone: 'plain' },
    { from: 'OUTPUT', to: 'KUBE-SERVICES', label: '', tone: 'plain' },
    { from: 'KUBE-SERVICES', to: '10.96.12.7:80/TCP', label: '', tone: 'plain' },
    { from: '10.96.12.7:80/TCP', to: 'KUBE-SVC-LOLE4ISW44XBNF3G', label: '', tone: 'plain' },
    { from: 'KUBE-SVC-LOLE4ISW44XBNF3G', to: 'KUBE-MARK-MASQ', label: 'not from 10.244.0.0/16', tone: 'quiet' },
    { from: 'KUBE-SVC-LOLE4ISW44XBNF3G', to: 'KUBE-SEP-57KPRZ3JQVENLNBR', label: '25%', tone: 'plain' },
    { from: 'KUBE-SVC-LOLE4ISW44XBNF3G', to: 'KUBE-SEP-TQ5TQ5G5ZQYHTQ7B', label: '25%', tone: 'plain' },
    { from: 'KUBE-SVC-LOLE4ISW44XBNF3G', to: 'KUBE-SEP-3NDQ3WRAQZUZ2TBI', label: '25%', tone: 'plain' },
    { from: 'KUBE-SVC-LOLE4ISW44XBNF3G', to: 'KUBE-SEP-X3P2623AGDH6CDF3', label: '25%', tone: 'bad' },
    { from: 'KUBE-SEP-57KPRZ3JQVENLNBR', to: '10.244.1.8:8080', label: 'DNAT', tone: 'good' },
    { from: 'KUBE-SEP-TQ5TQ5G5ZQYHTQ7B', to: '10.244.2.4:8080', label: 'DNAT', tone: 'good' },
    { from: 'KUBE-SEP-3NDQ3WRAQZUZ2TBI', to: '10.244.2.5:8080', label: 'DNAT', tone: 'doubt' },
    { from: 'KUBE-SEP-X3P2623AGDH6CDF3', to: '10.244.3.7:8080', label: 'DNAT', tone: 'bad' },
    { from: '10.244.3.7:8080', to: 'DROP', label: '', tone: 'bad' },
  ],
};

export const sample: Report = {
  kind: 'Explain',
  meta: { tool: '0.1.0', notes: ['Read by exec in kube-system/kube-proxy-x7k2 on node-3.'] },
  data: {
    target: 'svc/web:http',
    verdict: { state: 'degraded', cause: 'kube-proxy', sentence: '1 of 3 backends is stale on node-3' },
    backends: [
      { address: '10.244.1.8', port: 8080, probability: 1 / 3, ruleProbability: 0.33333333349, state: 'ready' },
      { address: '10.244.3.7', port: 8080, probability: 1 / 3, ruleProbability: 1, state: 'stale' },
    ],
    rules: rules.map(({ table, chain, index, line, text }) => ({ table, chain, index, line, text })),
  },
  findings,
  blocks: [
    {
      kind: 'verdict',
      tone: 'doubt',
      label: 'DEGRADED',
      sentence:
        'shop/web:http (10.96.12.7:80/TCP) answers, but 1 of its 3 backends is stale on node-3: kube-proxy is at fault.',
    },
    {
      kind: 'paragraph',
      text: [
        { text: 'Why: ', tone: 'strong' },
        {
          text: 'the API lists 2 endpoints since 14:02:11; node-3 last wrote its rules at 14:01:58. The other 4 nodes agree with the API.',
          tone: 'plain',
        },
      ],
    },
    { kind: 'heading', text: 'Ways in' },
    {
      kind: 'table',
      columns: [
        { title: 'Type' },
        { title: 'Address' },
        { title: 'Port', align: 'right' },
        { title: 'Chain', wide: true },
        { title: 'Masquerade' },
        { title: 'Note' },
      ],
      rows: [
        ['ClusterIP', '10.96.12.7', '80/TCP', 'KUBE-SVC-LOLE4ISW44XBNF3G', 'from outside', 'all endpoints'],
        [
          'NodePort',
          '192.168.10.23',
          '30080/TCP',
          'KUBE-EXT-LOLE4ISW44XBNF3G',
          [{ text: 'never', tone: 'quiet' }],
          'externalTrafficPolicy is Local and this node has no endpoint: packets are dropped by design',
        ],
      ],
    },
    { kind: 'heading', text: 'Backends' },
    {
      kind: 'table',
      columns: [
        { title: 'Address' },
        { title: 'Pod' },
        { title: 'Node' },
        { title: 'Rule', align: 'right' },
        { title: 'Share', align: 'right' },
        { title: 'State' },
      ],
      rows: [
        ['10.244.1.8:8080', 'shop/web-7d9f8b6c5-x2k8p', 'node-1', '0.33333', '33.3%', ready],
        ['10.244.2.4:8080', 'shop/web-7d9f8b6c5-9qmzt', 'node-2', '0.50000', '33.3%', ready],
        ['10.244.3.7:8080', [{ text: 'none', tone: 'quiet' }], '', '1.00000', '33.3%', stale],
      ],
    },
    { kind: 'heading', text: 'Rules' },
    { kind: 'rules', rules: rules.map(({ line, text }) => ({ place: `nat:${line}`, text })) },
    {
      kind: 'wide',
      blocks: [
        { kind: 'heading', text: 'Affinity' },
        { kind: 'paragraph', text: 'None: every new connection draws anew.' },
      ],
    },
    { kind: 'heading', text: 'Next' },
    {
      kind: 'list',
      items: [
        'read what kube-proxy said: `kubectl logs -n kube-system kube-proxy-x7k2 --since=1h`',
        'compare this node with the others: `kubectl proxyrules status`',
      ],
    },
  ],
  graph,
  suites: [
    {
      name: 'node-3',
      facts: { mode: 'iptables', release: 'v1.34', source: 'proxy-pod' },
      cases: [
        { group: 'shop/web', name: 'http/TCP/IPv4', outcome: 'failed', findings: findings.slice(0, 1) },
        { group: 'shop/cart', name: '80/TCP/IPv4', outcome: 'passed', findings: [] },
        { group: 'shop/new', name: '80/TCP/IPv4', outcome: 'unsettled', findings: [] },
        { group: 'node-3', name: 'rules of the node', outcome: 'failed', findings: findings.slice(1) },
      ],
    },
    {
      name: 'node-4',
      cases: [
        { group: 'shop/web', name: 'http/TCP/IPv4', outcome: 'unknown', findings: [], reason: 'its text was cut' },
      ],
    },
  ],
  texts: [{ node: 'node-3', family: 'IPv4', path: 'captures/node 3/iptables-save.txt' }],
};

export const empty: Report = { kind: 'Drift', meta: { tool: '0.1.0', notes: [] }, data: {}, findings: [], blocks: [] };
