// Every command that capture-with runs on a node. All of them read; none takes a lock, makes a table or loads a module.
// `iptables-legacy-save -t nat` would create the table: a table is never named.
import type { BesideName } from '../../capture/capture.ts';
import type { Command } from './asker.ts';

export type Family = 'ipv4' | 'ipv6';
export type Backend = 'nf_tables' | 'legacy';

// distroless and Debian, Alpine and others without /usr merged; k3s brings its own.
const folders = ['', '/usr/sbin/', '/sbin/'];
const k3s = '/var/lib/rancher/k3s/data/current/bin/aux/';

/** What the image calls iptables-save, which picks the backend; then each backend by its own name. */
export function saveCommands(family: Family): readonly Command[] {
  const name = `${programOf(family)}-save`;
  return [
    ...[...folders, k3s].map((folder) => [`${folder}${name}`, '-c']),
    ...backendSaveCommands(family, 'nf_tables'),
    ...backendSaveCommands(family, 'legacy'),
  ];
}

export function backendSaveCommands(family: Family, backend: Backend): readonly Command[] {
  const kind = backend === 'nf_tables' ? 'nft' : 'legacy';
  const program = programOf(family);
  return [
    ...folders.map((folder) => [`${folder}${program}-${kind}-save`, '-c']),
    ...folders.map((folder) => [`${folder}xtables-${kind}-multi`, `${program}-save`, '-c']),
  ];
}

function programOf(family: Family): string {
  return family === 'ipv4' ? 'iptables' : 'ip6tables';
}

/** The kernel's list of legacy tables that are there; root only. */
export function legacyTableNames(family: Family): Command {
  return ['cat', family === 'ipv4' ? '/proc/net/ip_tables_names' : '/proc/net/ip6_tables_names'];
}

/** What decides over a packet beside the rules, and whether connection tracking has room. */
export const sysctlKeys: readonly string[] = [
  'net.ipv4.ip_forward',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.conf.all.forwarding',
  'net.ipv4.conf.default.forwarding',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.default.rp_filter',
  'net.ipv4.conf.all.route_localnet',
  'net.ipv4.conf.all.accept_local',
  'net.ipv4.conf.all.src_valid_mark',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.arp_announce',
  'net.ipv4.vs.conntrack',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.all.disable_ipv6',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_tcp_be_liberal',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
  'net.netfilter.nf_conntrack_udp_timeout',
  'net.netfilter.nf_conntrack_udp_timeout_stream',
];

export const sysctlFiles = sysctlKeys.map((key) => `/proc/sys/${key.replaceAll('.', '/')}`);

/** sysctl is in distributions and in Alpine, grep and cat in kube-proxy's image. */
export const sysctlCommands: readonly Command[] = [
  ['sysctl', '-e', ...sysctlKeys],
  ['grep', '-sH', '.', ...sysctlFiles],
  ['cat', ...sysctlFiles],
];

const ip = (...argv: string[]): readonly Command[] => folders.map((folder) => [`${folder}ip`, ...argv]);
const http = (port: number, path: string): readonly Command[] => [
  ['curl', '-fsS', '--max-time', '5', `http://127.0.0.1:${port}${path}`],
  ['wget', '-q', '-T', '5', '-O', '-', `http://127.0.0.1:${port}${path}`],
];

/** Each text's ways in order; the first that is there and succeeds is taken. sysctl has its own reader. */
export const besideCommands: Readonly<Record<Exclude<BesideName, 'sysctl'>, readonly Command[]>> = {
  'ip-addr': [...ip('-j', 'addr', 'show'), ['cat', '/proc/net/fib_trie', '/proc/net/if_inet6']],
  'ip-route': [...ip('-j', 'route', 'show', 'table', 'all'), ['cat', '/proc/net/route']],
  'ip-route6': [...ip('-6', '-j', 'route', 'show', 'table', 'all'), ['cat', '/proc/net/ipv6_route']],
  'ip-rule': ip('-j', 'rule', 'show'),
  'ip-rule6': ip('-6', '-j', 'rule', 'show'),
  'ip-link': ip('-j', '-details', 'link', 'show'),
  ipset: folders.map((folder) => [`${folder}ipset`, 'save']),
  'conntrack-stats': [
    ['conntrack', '-S'],
    ['cat', '/proc/net/stat/nf_conntrack'],
  ],
  // What was translated is what Services had a part in; the whole table of a busy node is too long to carry.
  conntrack: [['conntrack', '-L', '--proto', 'udp', '--dst-nat']],
  'iptables-version': [...folders.map((folder) => [`${folder}iptables`, '--version'])],
  'kube-proxy-version': ['', '/usr/local/bin/', '/usr/bin/'].map((folder) => [`${folder}kube-proxy`, '--version']),
  'proxy-mode': http(10249, '/proxyMode'),
  configz: http(10249, '/configz'),
  healthz: http(10256, '/healthz'),
  metrics: http(10249, '/metrics'),
};

/** Everything above in one list: what a node is ever asked. */
export const readCommands: readonly Command[] = [
  ...(['ipv4', 'ipv6'] as const).flatMap((family) => [...saveCommands(family), legacyTableNames(family)]),
  ...sysctlCommands,
  ...Object.values(besideCommands).flat(),
];
