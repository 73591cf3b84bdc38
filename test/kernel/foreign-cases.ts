// What others do to a node's rules, by the rules that the real programs write, each with a twin that does no harm. Every
// case is a proof of its code: docs/proofs.md lists them.
import { type KernelNode, type KubeObject, liveObjects, ownRules } from './node.ts';

export interface ForeignCase {
  readonly code: string;
  readonly what: string;
  /** Makes the node so. */
  readonly make: (node: KernelNode) => void;
  /** The same program's rules where they do no harm. */
  readonly clean: (node: KernelNode) => void;
  readonly severity: 'critical' | 'warning' | 'info';
  /** Of `drift`, where it differs from that of `explain`. */
  readonly driftSeverity?: 'info';
  readonly objects?: () => readonly KubeObject[];
  readonly cleanObjects?: () => readonly KubeObject[];
  /** Asked of `explain`, and what its first sentence must say. */
  readonly target?: string;
  readonly state?: 'reachable' | 'unreachable' | 'degraded' | 'unknown' | 'by-design';
  readonly sentence?: RegExp;
  /** What the finding must say. */
  readonly says: RegExp;
  /** Only a look at the whole node finds it, or only one at a Service. */
  readonly only?: 'drift' | 'explain';
}

/** Of default/web:http. */
const web = '10.96.137.5';
const nothing = () => {};

/** plugins/meta/portmap: `hostPort` of the pod at 10.244.0.6. `at` is where its jumps stand. */
const portmap = (hostPort: number, at: '-I' | '-A') => (node: KernelNode) => {
  node.restore(
    'iptables-restore',
    'nat',
    ':CNI-HOSTPORT-DNAT - [0:0]',
    ':CNI-HOSTPORT-SETMARK - [0:0]',
    ':CNI-HOSTPORT-MASQ - [0:0]',
    ':CNI-DN-1947d8dc69c487af64971 - [0:0]',
    '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    `-A CNI-DN-1947d8dc69c487af64971 -s 10.244.0.0/24 -p tcp -m tcp --dport ${hostPort} -j CNI-HOSTPORT-SETMARK`,
    `-A CNI-DN-1947d8dc69c487af64971 -s 127.0.0.1/32 -p tcp -m tcp --dport ${hostPort} -j CNI-HOSTPORT-SETMARK`,
    `-A CNI-DN-1947d8dc69c487af64971 -p tcp -m tcp --dport ${hostPort} -j DNAT --to-destination 10.244.0.6:8080`,
    `-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports ${hostPort} -j CNI-DN-1947d8dc69c487af64971`,
    `${at} PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT`,
    `${at} OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT`,
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  );
};

/** Docker 24: its bridge's rules, and what it does to the policy of FORWARD. */
const docker = (node: KernelNode) => {
  node.restore(
    'iptables-restore',
    'filter',
    ':DOCKER - [0:0]',
    ':DOCKER-USER - [0:0]',
    ':DOCKER-ISOLATION-STAGE-1 - [0:0]',
    ':DOCKER-ISOLATION-STAGE-2 - [0:0]',
    '-I FORWARD -i docker0 ! -o docker0 -j ACCEPT',
    '-I FORWARD -i docker0 -o docker0 -j ACCEPT',
    '-I FORWARD -o docker0 -j DOCKER',
    '-I FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-I FORWARD -j DOCKER-ISOLATION-STAGE-1',
    '-I FORWARD -j DOCKER-USER',
    '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
    '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
    '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
    '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
    '-A DOCKER-USER -j RETURN',
  );
  node.run('iptables -P FORWARD DROP');
};

/** What flannel and the CNI plugin firewall add: pods are let through. */
const podsAccepted = (node: KernelNode) =>
  node.run(
    'iptables -A FORWARD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
    'iptables -A FORWARD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
  );

/** The rules of the installers of RHEL and its kin, and of firewalld's iptables backend. */
const firewall = (node: KernelNode) => {
  node.run(
    'iptables -I FORWARD 1 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -m comment --comment firewall -i docker0 -j ACCEPT',
    'iptables -I FORWARD 2 -i lo -j ACCEPT',
    'iptables -I FORWARD 3 -j REJECT --reject-with icmp-host-prohibited',
  );
};

/** NodeLocal DNSCache 1.22, cmd/node-cache/app: for the address that `shop/dns` has. */
const dns = '10.96.10.2';
const nodeLocalDns = (node: KernelNode) => {
  for (const [hook, port] of [
    ['PREROUTING', '--dport'],
    ['OUTPUT', '--dport'],
    ['OUTPUT', '--sport'],
  ] as const) {
    for (const protocol of ['udp', 'tcp']) {
      const end = port === '--dport' ? '-d' : '-s';
      node.run(`iptables -t raw -A ${hook} ${end} ${dns}/32 -p ${protocol} -m ${protocol} ${port} 53 -j NOTRACK`);
    }
  }
  for (const protocol of ['udp', 'tcp']) {
    node.run(`iptables -I INPUT -d ${dns}/32 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`);
    node.run(`iptables -I OUTPUT -s ${dns}/32 -p ${protocol} -m ${protocol} --sport 53 -j ACCEPT`);
  }
};

/** The nat table of the recorded node in the legacy backend, as an earlier kube-proxy wrote it there. */
function legacyCopy(change: (rules: string) => string): (node: KernelNode) => void {
  const all = change(ownRules('iptables-save.txt'));
  return (node) => {
    for (const table of ['nat', 'filter']) {
      const lines = new RegExp(`^\\*${table}\\n([\\s\\S]*?)^COMMIT$`, 'm').exec(all)?.[1]?.split('\n') ?? [];
      const own = lines.filter((line) => /^(:KUBE-|-A )/.test(line));
      node.restore('iptables-legacy-restore', table, ...own);
    }
  };
}

/** The cluster after kube-proxy was taken away and a Service was made. */
function withoutKubeProxy(): readonly KubeObject[] {
  const objects = liveObjects().filter(
    ({ kind, metadata }) =>
      !(kind === 'Pod' && metadata.name.startsWith('kube-proxy')) &&
      !(kind === 'DaemonSet' && /proxy/.test(metadata.name)),
  );
  const model = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'web');
  const spec = model?.spec as object;
  return [
    ...objects,
    {
      ...model,
      kind: 'Service',
      metadata: { ...model?.metadata, name: 'newer', uid: 'uid-newer', creationTimestamp: '2026-11-21T00:00:00Z' },
      spec: { ...spec, clusterIP: '10.96.77.77', clusterIPs: ['10.96.77.77'], ipFamilies: ['IPv4'] },
    },
  ];
}

const cilium = (node: KernelNode) =>
  node.restore(
    'iptables-restore',
    'filter',
    ':CILIUM_FORWARD - [0:0]',
    ':CILIUM_INPUT - [0:0]',
    '-A CILIUM_FORWARD -o cilium_host -m comment --comment "cilium: any->cluster on cilium_host forward accept" -j ACCEPT',
    '-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
  );

export const foreignCases: readonly ForeignCase[] = [
  {
    code: 'KPR301',
    what: 'an old kube-proxy’s rules stand in the legacy backend, kube-proxy writes nf_tables',
    make: legacyCopy((rules) => rules.replaceAll('--to-destination 10.244.', '--to-destination 10.199.')),
    clean: (node) => {
      node.run('iptables-legacy -t mangle -N KUBE-IPTABLES-HINT', 'iptables-legacy -t nat -N DOCKER');
      node.run('iptables-legacy -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER');
    },
    severity: 'critical',
    target: 'default/web',
    state: 'unknown',
    sentence:
      /depends on which backend of iptables the kernel asks first: .* sent to 10\.199\.\S+, .* by nat\/KUBE-SEP-\S+ rule/,
    says: /both backends of iptables on node-a \(IPv4\): .* in the legacy one, too, .* the one it asks first decides/,
  },
  {
    code: 'KPR301',
    what: 'both backends hold the same rules, and kube-proxy keeps those of one',
    make: legacyCopy((rules) => rules),
    clean: (node) => node.run('iptables-legacy -t nat -N KUBE-MARK-DROP'),
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /in the legacy one, too, and the kernel asks both; they say the same today/,
  },
  {
    code: 'KPR301',
    what: 'the legacy backend holds chains that nothing leads to',
    make: (node) =>
      node.restore(
        'iptables-legacy-restore',
        'nat',
        ':KUBE-SERVICES - [0:0]',
        `-A KUBE-SERVICES -d ${web}/32 -j RETURN`,
      ),
    clean: nothing,
    severity: 'info',
    target: 'default/web',
    state: 'reachable',
    says: /1 chain in the legacy one, too, where no packet meets them/,
  },
  {
    code: 'KPR302',
    what: 'one rule was added again and again',
    make: (node) =>
      node.restore(
        'iptables-restore',
        'filter',
        ...Array.from(
          { length: 40 },
          () => '-A INPUT -p tcp -m tcp --dport 10250 -m comment --comment kubelet -j ACCEPT',
        ),
      ),
    clean: (node) =>
      node.restore(
        'iptables-restore',
        'filter',
        ...Array.from(
          { length: 3 },
          () => '-A INPUT -p tcp -m tcp --dport 10250 -m comment --comment kubelet -j ACCEPT',
        ),
      ),
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /filter\/INPUT has one rule 40 times on node-a/,
  },
  {
    code: 'KPR303',
    what: 'chains and device of ipvs mode are left',
    make: (node) => {
      node.restore(
        'iptables-restore',
        'filter',
        ':KUBE-IPVS-FILTER - [0:0]',
        ':KUBE-NODE-PORT - [0:0]',
        '-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
        '-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
      );
      node.run('ip link add kube-ipvs0 type bridge', 'ip addr add 10.96.200.1/32 dev kube-ipvs0');
    },
    clean: nothing,
    severity: 'warning',
    target: 'default/web',
    says: /ipvs mode are left on node-a \(filter\/KUBE-NODE-PORT and filter\/KUBE-IPVS-FILTER\), and 2 rules still lead into them/,
  },
  {
    code: 'KPR303',
    what: 'the device of ipvs mode holds the address of a Service that is gone',
    make: (node) => node.run('ip link add kube-ipvs0 type bridge', 'ip addr add 10.96.200.1/32 dev kube-ipvs0'),
    clean: (node) => node.run('ip link add kube-ipvs1 type bridge', 'ip addr add 10.96.200.1/32 dev kube-ipvs1'),
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /kube-ipvs0 of ipvs mode is left on node-a with 1 address; 10\.96\.200\.1 is no address of a Service any more/,
  },
  {
    code: 'KPR304',
    what: 'Cilium took over, and kube-proxy’s rules stayed',
    make: cilium,
    objects: withoutKubeProxy,
    // A kube-proxy inside another program (k3s) has no pod either, and keeps its rules.
    clean: cilium,
    cleanObjects: () => withoutKubeProxy().filter(({ metadata }) => metadata.name !== 'newer'),
    severity: 'warning',
    only: 'drift',
    says: /left by a kube-proxy that is gone: Cilium is there \(chains CILIUM_\*\), .* 1 service port of the API/,
  },
  {
    code: 'KPR305',
    what: 'a firewall’s reload flushed PREROUTING',
    make: (node) => node.run('iptables -t nat -F PREROUTING'),
    clean: nothing,
    severity: 'critical',
    target: 'default/web',
    state: 'unreachable',
    sentence: /nothing leads to them on node-a: nat\/PREROUTING has no jump to KUBE-SERVICES/,
    says: /PREROUTING.* KUBE-SERVICES/,
  },
  {
    code: 'KPR306',
    what: 'an ACCEPT stands before the jump to KUBE-SERVICES',
    make: (node) => node.run(`iptables -t nat -I PREROUTING -d ${web}/32 -p tcp -m tcp --dport 80 -j ACCEPT`),
    clean: (node) => node.run('iptables -t nat -I PREROUTING -d 198.51.100.0/24 -j ACCEPT'),
    severity: 'warning',
    target: `${web}:80`,
    state: 'unreachable',
    sentence: /before they reach kube-proxy's rules, by nat\/PREROUTING rule 1 \(line \d+\)/,
    says: /PREROUTING stands before kube-proxy's rules on node-a and takes connections from/,
  },
  {
    code: 'KPR306',
    what: 'a DROP in raw takes the packets before any rule of kube-proxy’s',
    make: (node) => node.run('iptables -t raw -A PREROUTING -p tcp -m tcp --dport 30180 -j DROP'),
    clean: (node) => node.run('iptables -t raw -A PREROUTING -p tcp -m tcp --dport 31999 -j DROP'),
    severity: 'critical',
    target: 'nodeport/30180',
    state: 'unreachable',
    sentence: /dropped on node-a by raw\/PREROUTING rule 1 \(line \d+\)/,
    says: /dropped on node-a by raw\/PREROUTING rule 1/,
  },
  {
    code: 'KPR307',
    what: 'portmap’s jump stands first: the hostPort wins',
    make: portmap(30180, '-I'),
    clean: portmap(31180, '-I'),
    severity: 'warning',
    target: 'nodeport/30180',
    state: 'unreachable',
    sentence: /before they reach kube-proxy's rules, by nat\/CNI-DN-1947d8dc69c487af64971 rule 3 \(line \d+\)/,
    says: /hostPort 30180 of the pod at 10\.244\.0\.6 is node port 30180 of edge\/np:http, too, and the hostPort wins on node-a/,
  },
  {
    code: 'KPR307',
    what: 'portmap’s jump stands behind: the Service wins',
    make: portmap(30180, '-A'),
    clean: portmap(31180, '-A'),
    severity: 'warning',
    driftSeverity: 'info',
    target: 'nodeport/30180',
    state: 'reachable',
    says: /node port 30180 of edge\/np:http is hostPort 30180 of the pod at 10\.244\.0\.6, too, and the Service wins on node-a/,
  },
  {
    code: 'KPR308',
    what: 'Docker set the policy of FORWARD to DROP, and no CNI accepts the pods',
    make: docker,
    clean: (node) => {
      docker(node);
      podsAccepted(node);
    },
    severity: 'critical',
    target: 'default/web',
    state: 'unreachable',
    sentence:
      /connections from pods to cluster IP \S+ are dropped on node-a by the policy DROP of filter\/FORWARD \(line \d+\)/,
    says: /from pods to .* are dropped on node-a by the policy DROP of filter\/FORWARD \(line \d+\)/,
  },
  {
    code: 'KPR309',
    what: 'a host firewall’s REJECT stands before KUBE-FORWARD',
    make: firewall,
    // Behind KUBE-FORWARD, which accepts what is masqueraded, and with the pods accepted.
    clean: (node) => {
      podsAccepted(node);
      node.run('iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited');
    },
    severity: 'critical',
    target: 'default/web',
    state: 'unreachable',
    sentence:
      /are refused on node-a by filter\/FORWARD rule 3 \(line \d+\), which is not kube-proxy's: -A FORWARD -j REJECT/,
    says: /are refused on node-a by filter\/FORWARD rule 3 \(line \d+\)/,
  },
  {
    code: 'KPR309',
    what: 'a host firewall lets pods through and drops clients of node ports',
    make: (node) =>
      node.run(
        'iptables -I FORWARD 1 -i cni0 -j ACCEPT',
        'iptables -I FORWARD 2 -i eth0 -m conntrack --ctstate NEW -j DROP',
      ),
    clean: (node) => node.run('iptables -I FORWARD 1 -i eth1 -m conntrack --ctstate NEW -j DROP'),
    severity: 'critical',
    target: 'default/web-np',
    state: 'degraded',
    sentence:
      /reachable at its cluster IP .*, but connections from outside to node port \d+ are dropped on node-a by filter\/FORWARD rule 2/,
    says: /from outside to node port \d+ of .* are dropped on node-a by filter\/FORWARD rule 2/,
  },
  {
    code: 'KPR310',
    what: 'packets are sent to KUBE-MARK-DROP, and nobody drops what it marks',
    make: (node) =>
      node.restore(
        'iptables-restore',
        'nat',
        ':KUBE-MARK-DROP - [0:0]',
        '-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000',
        '-A POSTROUTING -d 192.0.2.9/32 -j KUBE-MARK-DROP',
      ),
    clean: (node) => {
      node.restore(
        'iptables-restore',
        'nat',
        ':KUBE-MARK-DROP - [0:0]',
        '-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000',
        '-A POSTROUTING -d 192.0.2.9/32 -j KUBE-MARK-DROP',
      );
      node.run('iptables -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP');
    },
    severity: 'warning',
    target: 'default/web',
    says: /nat\/POSTROUTING on node-a sends packets to KUBE-MARK-DROP to be dropped .* no rule of filter drops what it marks/,
  },
  {
    code: 'KPR310',
    what: 'packets are sent to a KUBE-MARK-DROP that is empty',
    make: (node) =>
      node.restore(
        'iptables-restore',
        'nat',
        ':KUBE-MARK-DROP - [0:0]',
        '-A POSTROUTING -d 192.0.2.9/32 -j KUBE-MARK-DROP',
      ),
    clean: (node) => node.run('iptables -t nat -N KUBE-MARK-DROP'),
    severity: 'warning',
    target: 'default/web',
    says: /nat\/POSTROUTING on node-a sends packets to KUBE-MARK-DROP to be dropped .* and that chain is empty/,
  },
  {
    code: 'KPR310',
    what: 'nothing leads to KUBE-FIREWALL any more',
    make: (node) => node.run('iptables -D INPUT -j KUBE-FIREWALL', 'iptables -D OUTPUT -j KUBE-FIREWALL'),
    clean: nothing,
    severity: 'warning',
    target: 'default/web',
    says: /filter\/KUBE-FIREWALL on node-a holds rules that drop, and no built-in chain leads there/,
  },
  {
    code: 'KPR311',
    what: 'NodeLocal DNSCache answers for the cluster’s DNS',
    make: (node) => {
      nodeLocalDns(node);
      node.run('ip link add nodelocaldns type bridge', `ip addr add ${dns}/32 dev nodelocaldns`);
    },
    clean: nothing,
    severity: 'info',
    target: `${dns}:53/udp`,
    state: 'by-design',
    sentence:
      /answered on node-a by a cache of the node itself \(NodeLocal DNSCache\): raw\/PREROUTING rule 1 \(line \d+\)/,
    says: /are not tracked on node-a \(raw:\d+.*\): a cache on the node itself answers them/,
  },
  {
    code: 'KPR311',
    what: 'NodeLocal DNSCache is gone, and its rules are left',
    make: nodeLocalDns,
    clean: nothing,
    severity: 'critical',
    target: `${dns}:53/udp`,
    state: 'unreachable',
    sentence:
      /leave node-a as they are and get no answer: raw\/PREROUTING rule 1 \(line \d+\) keeps them from connection tracking/,
    says: /are not tracked on node-a \(raw:\d+.*\): no address of the node is meant/,
  },
  {
    code: 'KPR402',
    what: 'the rule that masquerades a backend’s own connections was deleted',
    make: (node) => {
      const rule = /^-A (KUBE-SEP-\S+ -s 10\.244\.\S+ .*-j KUBE-MARK-MASQ)$/m.exec(ownRules('iptables-save.txt'))?.[1];
      node.run(`iptables -t nat -D ${rule}`);
    },
    clean: nothing,
    severity: 'warning',
    only: 'drift',
    says: /a backend of \S+ that calls its own Service gets no answer on node-a/,
  },
  {
    code: 'KPR406',
    what: 'route_localnet is on, and the guard of KUBE-FIREWALL is gone',
    make: (node) => node.run('sysctl -qw net.ipv4.conf.all.route_localnet=1', 'iptables -F KUBE-FIREWALL'),
    clean: (node) => node.run('sysctl -qw net.ipv4.conf.all.route_localnet=1'),
    severity: 'warning',
    target: 'default/web',
    says: /net\.ipv4\.conf\.all\.route_localnet is 1 on node-a, and no rule drops packets for 127\.0\.0\.0\/8/,
  },
  {
    code: 'KPR409',
    what: 'forwarding is off',
    make: (node) => node.run('sysctl -qw net.ipv4.ip_forward=0'),
    clean: nothing,
    severity: 'critical',
    target: 'default/web',
    state: 'unreachable',
    sentence:
      /connections from pods to cluster IP \S+ are dropped on node-a: the node does not forward: net\.ipv4\.ip_forward is 0/,
    says: /net\.ipv4\.ip_forward is 0 on node-a: it passes no IPv4 packets on/,
  },
  {
    code: 'KPR409',
    what: 'the routes to the other nodes’ pods are gone',
    make: (node) => node.run('ip route del default', 'ip route del 10.244.1.0/24'),
    clean: nothing,
    severity: 'warning',
    target: 'default/web',
    state: 'degraded',
    sentence: /50 % of new connections from pods to cluster IP \S+ are dropped on node-a: no route to 10\.244\.1\./,
    says: /dropped on node-a: no route to 10\.244\.1\./,
  },
];
