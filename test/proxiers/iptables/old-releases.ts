// What kube-proxy 1.21 to 1.24 wrote, as iptables-save prints it: there are no recordings of these. By the facts of
// kube-proxy-rules.md section 4, which real 1.21 to 1.23 gave; 1.24 by pkg/proxy/iptables/proxier.go of that release.
import { endpointHash, servicePortHash } from '../../../src/proxiers/iptables/chain-names.ts';
import { type ServicePortName, servicePortNameString } from '../../../src/proxiers/service-ports.ts';

export type OldMinor = 21 | 22 | 23 | 24;
export const oldMinors: readonly OldMinor[] = [21, 22, 23, 24];

const podCidr = '10.244.0.0/16';

interface OldService {
  readonly name: string;
  readonly port: string;
  readonly clusterIP: string;
  readonly number: number;
  /** Endpoints by their node: `a` is the node of the rules. All ready. */
  readonly local: readonly string[];
  readonly remote: readonly string[];
  readonly nodePort?: number;
  readonly externalIP?: string;
  readonly loadBalancerIP?: string;
  readonly ranges?: readonly string[];
  readonly externalLocal?: boolean;
  readonly internalLocal?: boolean;
  readonly affinity?: number;
  readonly healthCheck?: number;
}

const services: readonly OldService[] = [
  {
    name: 'web',
    port: '',
    clusterIP: '10.96.0.10',
    number: 80,
    local: ['10.244.0.7:8080'],
    remote: ['10.244.1.7:8080', '10.244.1.8:8080'],
  },
  { name: 'none', port: 'http', clusterIP: '10.96.0.11', number: 80, local: [], remote: [], nodePort: 30090 },
  {
    name: 'sticky',
    port: 'http',
    clusterIP: '10.96.0.12',
    number: 80,
    local: ['10.244.0.9:8080'],
    remote: ['10.244.1.9:8080'],
    affinity: 10_800,
  },
  {
    name: 'np',
    port: 'http',
    clusterIP: '10.96.0.13',
    number: 80,
    local: ['10.244.0.10:80'],
    remote: ['10.244.1.10:80'],
    nodePort: 30080,
  },
  {
    name: 'npl',
    port: 'http',
    clusterIP: '10.96.0.14',
    number: 80,
    local: ['10.244.0.11:80', '10.244.0.12:80'],
    remote: ['10.244.1.11:80'],
    nodePort: 30081,
    externalLocal: true,
  },
  {
    name: 'nplnone',
    port: 'http',
    clusterIP: '10.96.0.15',
    number: 80,
    local: [],
    remote: ['10.244.1.12:80'],
    nodePort: 30082,
    externalLocal: true,
  },
  {
    name: 'ext',
    port: 'http',
    clusterIP: '10.96.0.16',
    number: 81,
    local: ['10.244.0.13:80'],
    remote: [],
    externalIP: '203.0.113.5',
  },
  {
    name: 'lb',
    port: 'https',
    clusterIP: '10.96.0.17',
    number: 443,
    local: ['10.244.0.14:8443'],
    remote: ['10.244.1.14:8443'],
    nodePort: 30443,
    loadBalancerIP: '198.51.100.10',
  },
  {
    name: 'lbranges',
    port: 'https',
    clusterIP: '10.96.0.18',
    number: 443,
    local: ['10.244.0.15:8443'],
    remote: [],
    nodePort: 30444,
    loadBalancerIP: '198.51.100.11',
    ranges: ['192.0.2.0/24'],
  },
  {
    name: 'lblocal',
    port: 'https',
    clusterIP: '10.96.0.19',
    number: 443,
    local: ['10.244.0.16:8443'],
    remote: ['10.244.1.16:8443'],
    nodePort: 30445,
    loadBalancerIP: '198.51.100.12',
    externalLocal: true,
    healthCheck: 32101,
  },
  {
    name: 'internal',
    port: 'http',
    clusterIP: '10.96.0.20',
    number: 80,
    local: ['10.244.0.17:80'],
    remote: ['10.244.1.17:80'],
    internalLocal: true,
  },
  {
    name: 'internalnone',
    port: 'http',
    clusterIP: '10.96.0.21',
    number: 80,
    local: [],
    remote: ['10.244.1.18:80'],
    internalLocal: true,
  },
];

/** As `kubectl get -o json` has them. */
export const oldObjects: readonly object[] = services.flatMap((service) => {
  const port = { name: service.port, protocol: 'TCP' };
  const type =
    service.loadBalancerIP !== undefined ? 'LoadBalancer' : service.nodePort === undefined ? 'ClusterIP' : 'NodePort';
  const endpoints = [
    ...service.local.map((endpoint) => ({ endpoint, node: 'node-a' })),
    ...service.remote.map((endpoint) => ({ endpoint, node: 'node-b' })),
  ];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name: service.name },
      spec: {
        type,
        clusterIP: service.clusterIP,
        clusterIPs: [service.clusterIP],
        ipFamilies: ['IPv4'],
        ports: [
          { ...port, port: service.number, ...(service.nodePort !== undefined && { nodePort: service.nodePort }) },
        ],
        ...(service.externalIP !== undefined && { externalIPs: [service.externalIP] }),
        ...(service.externalLocal === true && { externalTrafficPolicy: 'Local' }),
        ...(service.internalLocal === true && { internalTrafficPolicy: 'Local' }),
        ...(service.affinity !== undefined && {
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: service.affinity } },
        }),
        ...(service.ranges !== undefined && { loadBalancerSourceRanges: service.ranges }),
        ...(service.healthCheck !== undefined && { healthCheckNodePort: service.healthCheck }),
      },
      status:
        service.loadBalancerIP === undefined ? {} : { loadBalancer: { ingress: [{ ip: service.loadBalancerIP }] } },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'shop',
        name: `${service.name}-1`,
        labels: { 'kubernetes.io/service-name': service.name },
      },
      addressType: 'IPv4',
      ports: [{ ...port, port: Number((endpoints[0]?.endpoint ?? ':80').split(':')[1]) }],
      endpoints: endpoints.map(({ endpoint, node }) => ({
        addresses: [endpoint.split(':')[0]],
        conditions: { ready: true },
        nodeName: node,
      })),
    },
  ];
});

class Text {
  readonly nat: string[] = [];
  readonly filter: string[] = [];
  readonly chains = new Set<string>();
}

/** The whole text, of both tables. `colon`: some older releases leave a colon behind an unnamed port in comments. */
export function oldText(minor: OldMinor, { colon = false } = {}): string {
  const text = new Text();
  for (const service of services) writeService(text, service, minor, colon);
  const { nat, filter, chains } = text;
  nat.push(
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  );
  const conntrack =
    minor <= 22
      ? [
          '-A KUBE-FORWARD -s 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
          '-A KUBE-FORWARD -d 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        ]
      : [
          '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        ];
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...[
      'KUBE-EXTERNAL-SERVICES',
      'KUBE-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-KUBELET-CANARY',
      'KUBE-NODEPORTS',
      'KUBE-PROXY-CANARY',
      'KUBE-SERVICES',
    ].map(declared),
    '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
    '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    '-A INPUT -j KUBE-FIREWALL',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
    '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -j KUBE-FIREWALL',
    '-A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    ...conntrack,
    ...filter,
    'COMMIT',
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ...[
      ...[
        'KUBE-KUBELET-CANARY',
        'KUBE-MARK-DROP',
        'KUBE-MARK-MASQ',
        'KUBE-NODEPORTS',
        'KUBE-POSTROUTING',
        'KUBE-PROXY-CANARY',
        'KUBE-SERVICES',
      ],
      ...chains,
    ]
      .sort()
      .map(declared),
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...nat,
    'COMMIT',
    '',
  ].join('\n');
}

function declared(chain: string): string {
  return `:${chain} - [0:0]`;
}

function writeService(text: Text, service: OldService, minor: OldMinor, colon: boolean): void {
  const { nat, filter, chains } = text;
  const name: ServicePortName = { namespace: 'shop', name: service.name, port: service.port, protocol: 'TCP' };
  const words = servicePortNameString(name) + (colon && service.port === '' ? ':' : '');
  const hash = servicePortHash(name);
  const chain = (prefix: string) => `KUBE-${prefix}-${hash}`;
  const comment = (tail: string, of = words) => `-m comment --comment "${of}${tail}"`;
  const to = (address: string) => `-d ${address}/32 -p tcp`;
  const dport = (port: number) => `-m tcp --dport ${port}`;
  const byOrder = (list: readonly string[]) => [...list].sort();
  // 1.21 does not know the internal policy; 1.22 and 1.23 narrow the one chain.
  const narrowed = service.internalLocal === true && minor >= 22 && minor <= 23;
  const own = service.internalLocal === true && minor === 24;
  const cluster = byOrder(narrowed ? service.local : [...service.local, ...service.remote]);
  const usesLocal = service.externalLocal === true || own;
  const hasCluster = !own;
  const reject = (table: string, address: string, port: number) =>
    filter.push(
      `-A ${table} ${address} ${comment(' has no endpoints')} ${dport(port)} -j REJECT --reject-with icmp-port-unreachable`,
    );
  if (service.healthCheck !== undefined)
    filter.push(
      `-A KUBE-NODEPORTS -p tcp ${comment(' health check node port')} ${dport(service.healthCheck)} -j ACCEPT`,
    );
  if (cluster.length === 0) {
    reject('KUBE-SERVICES', to(service.clusterIP), service.number);
    if (service.nodePort !== undefined)
      filter.push(
        `-A KUBE-EXTERNAL-SERVICES -p tcp ${comment(' has no endpoints')} -m addrtype --dst-type LOCAL ${dport(service.nodePort)} -j REJECT --reject-with icmp-port-unreachable`,
      );
    return;
  }

  const clusterChain = chain('SVC');
  const localChain = chain(minor === 24 ? 'SVL' : 'XLB');
  if (hasCluster) chains.add(clusterChain);
  if (usesLocal) chains.add(localChain);
  const internal = own ? localChain : clusterChain;
  const clusterIP = `${comment(' cluster IP')} ${dport(service.number)}`;
  const services = 'KUBE-SERVICES';
  const notPods = `! -s ${podCidr}`;
  nat.push(
    `-A ${minor === 21 ? services : internal} ${notPods} ${to(service.clusterIP)} ${clusterIP} -j KUBE-MARK-MASQ`,
  );
  nat.push(`-A ${services} ${to(service.clusterIP)} ${clusterIP} -j ${internal}`);
  if (minor === 24) writeExternal24(text, service, words, chain);
  else writeExternal21(text, service, minor, words, chain);

  const cascade = (from: string, endpoints: readonly string[], balancing: boolean) => {
    const sep = (endpoint: string) => `KUBE-SEP-${endpointHash(name, endpoint)}`;
    const told = (endpoint: string, index: number) => {
      if (minor === 24) return comment(` -> ${endpoint}`);
      return balancing && minor <= 22 ? comment('', `Balancing rule ${index} for ${words}`) : comment('');
    };
    for (const endpoint of service.affinity === undefined ? [] : endpoints) {
      nat.push(
        `-A ${from} ${minor === 24 ? comment(` -> ${endpoint}`) : comment('')} -m recent --rcheck --seconds ${service.affinity} --reap --name ${sep(endpoint)} --mask 255.255.255.255 --rsource -j ${sep(endpoint)}`,
      );
    }
    for (const [index, endpoint] of endpoints.entries()) {
      const left = endpoints.length - index;
      const probability = Math.round(Number((1 / left).toFixed(10)) * 2 ** 31) / 2 ** 31;
      const random = left === 1 ? '' : ` -m statistic --mode random --probability ${probability.toFixed(11)}`;
      nat.push(`-A ${from} ${told(endpoint, index)}${random} -j ${sep(endpoint)}`);
    }
  };
  if (hasCluster) cascade(clusterChain, cluster, false);
  if (usesLocal && service.local.length > 0) cascade(localChain, byOrder(service.local), true);
  if (usesLocal && service.local.length === 0)
    nat.push(`-A ${localChain} ${comment(' has no local endpoints')} -j KUBE-MARK-DROP`);
  const reachable = hasCluster ? cluster : byOrder(service.local);
  for (const endpoint of reachable) {
    const sep = `KUBE-SEP-${endpointHash(name, endpoint)}`;
    chains.add(sep);
    const recent =
      service.affinity === undefined ? '' : ` -m recent --set --name ${sep} --mask 255.255.255.255 --rsource`;
    nat.push(`-A ${sep} -s ${endpoint.split(':')[0]}/32 ${comment('')} -j KUBE-MARK-MASQ`);
    nat.push(`-A ${sep} -p tcp ${comment('')}${recent} -m tcp -j DNAT --to-destination ${endpoint}`);
  }
}

/** KUBE-XLB only for external Local; a KUBE-FW for each load balancer; masquerading where the traffic goes in. */
function writeExternal21(
  { nat, chains }: Text,
  service: OldService,
  minor: OldMinor,
  words: string,
  chain: (prefix: string) => string,
): void {
  const external = service.externalLocal === true ? chain('XLB') : chain('SVC');
  const comment = (tail: string) => `-m comment --comment "${words}${tail}"`;
  if (service.externalIP !== undefined) {
    const match = `-d ${service.externalIP}/32 -p tcp ${comment(' external IP')} -m tcp --dport ${service.number}`;
    nat.push(`-A ${minor === 21 ? 'KUBE-SERVICES' : chain('SVC')} ! -s ${podCidr} ${match} -j KUBE-MARK-MASQ`);
    nat.push(`-A KUBE-SERVICES ${match} -j ${external}`);
  }
  if (service.loadBalancerIP !== undefined) {
    const firewall = chain('FW');
    chains.add(firewall);
    const label = comment(' loadbalancer IP');
    nat.push(
      `-A KUBE-SERVICES -d ${service.loadBalancerIP}/32 -p tcp ${label} -m tcp --dport ${service.number} -j ${firewall}`,
    );
    if (service.externalLocal !== true) nat.push(`-A ${firewall} ${label} -j KUBE-MARK-MASQ`);
    if (service.ranges === undefined) nat.push(`-A ${firewall} ${label} -j ${external}`);
    for (const range of service.ranges ?? []) nat.push(`-A ${firewall} -s ${range} ${label} -j ${external}`);
    nat.push(`-A ${firewall} ${label} -j KUBE-MARK-DROP`);
  }
  if (service.nodePort !== undefined) {
    const match = `${comment('')} -m tcp --dport ${service.nodePort}`;
    if (service.externalLocal === true) nat.push(`-A KUBE-NODEPORTS -s 127.0.0.0/8 -p tcp ${match} -j KUBE-MARK-MASQ`);
    else nat.push(`-A ${minor === 21 ? 'KUBE-NODEPORTS' : chain('SVC')} -p tcp ${match} -j KUBE-MARK-MASQ`);
    nat.push(`-A KUBE-NODEPORTS -p tcp ${match} -j ${external}`);
  }
  if (service.externalLocal === true) {
    const from = chain('XLB');
    nat.push(
      `-A ${from} -s ${podCidr} -m comment --comment "Redirect pods trying to reach external loadbalancer VIP to clusterIP" -j ${chain('SVC')}`,
      `-A ${from} -m comment --comment "masquerade LOCAL traffic for ${words} LB IP" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
      `-A ${from} -m comment --comment "route LOCAL traffic for ${words} LB IP to service chain" -m addrtype --src-type LOCAL -j ${chain('SVC')}`,
    );
  }
}

/** As today, but that source ranges end in KUBE-MARK-DROP and KUBE-EXT always goes on to the policy's chain. */
function writeExternal24(
  { nat, chains }: Text,
  service: OldService,
  words: string,
  chain: (prefix: string) => string,
): void {
  const { externalIP, loadBalancerIP, nodePort, ranges } = service;
  if (externalIP === undefined && loadBalancerIP === undefined && nodePort === undefined) return;
  const external = chain('EXT');
  chains.add(external);
  const comment = (text: string) => `-m comment --comment "${text}"`;
  if (service.externalLocal === true) {
    nat.push(
      `-A ${external} -s ${podCidr} ${comment(`pod traffic for ${words} external destinations`)} -j ${chain('SVC')}`,
      `-A ${external} ${comment(`masquerade LOCAL traffic for ${words} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
      `-A ${external} ${comment(`route LOCAL traffic for ${words} external destinations`)} -m addrtype --src-type LOCAL -j ${chain('SVC')}`,
      `-A ${external} -j ${chain('SVL')}`,
    );
  } else {
    nat.push(
      `-A ${external} ${comment(`masquerade traffic for ${words} external destinations`)} -j KUBE-MARK-MASQ`,
      `-A ${external} -j ${chain('SVC')}`,
    );
  }
  const way = (address: string, tail: string, target: string) =>
    nat.push(
      `-A KUBE-SERVICES -d ${address}/32 -p tcp ${comment(`${words} ${tail}`)} -m tcp --dport ${service.number} -j ${target}`,
    );
  if (externalIP !== undefined) way(externalIP, 'external IP', external);
  if (loadBalancerIP !== undefined && ranges === undefined) way(loadBalancerIP, 'loadbalancer IP', external);
  if (loadBalancerIP !== undefined && ranges !== undefined) {
    const firewall = chain('FW');
    chains.add(firewall);
    for (const range of ranges)
      nat.push(`-A ${firewall} -s ${range} ${comment(`${words} loadbalancer IP`)} -j ${external}`);
    nat.push(`-A ${firewall} ${comment(`${words} loadbalancer IP`)} -j KUBE-MARK-DROP`);
    way(loadBalancerIP, 'loadbalancer IP', firewall);
  }
  if (nodePort !== undefined)
    nat.push(`-A KUBE-NODEPORTS -p tcp ${comment(words)} -m tcp --dport ${nodePort} -j ${external}`);
}
