// Faults of a node and its connection tracking as a capture shows them: the recorded node with one text changed. Every
// case is a proof of its code: docs/proofs.md lists them.
import type { SectionName } from '../../src/capture/capture.ts';
import { recordedText } from '../commands/cli.ts';

export interface NodeCase {
  readonly code: string;
  readonly what: string;
  /** Of the sections that the recorded node has, or new ones. */
  readonly texts: Partial<Record<SectionName, string>>;
  /** The same texts without the fault; by default the recorded node as it is. */
  readonly clean?: Partial<Record<SectionName, string>>;
  readonly objects?: (text: string) => string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly target: string;
  readonly state: 'reachable' | 'unreachable' | 'degraded';
  readonly sentence?: RegExp;
  readonly says: RegExp;
}

const sysctl = recordedText('live-node-a/sysctl.txt');
const rules = recordedText('live-node-a/iptables-save.txt');

function withSetting(...lines: readonly string[]): string {
  const keys = new Set(lines.map((line) => line.split(' ')[0]));
  return [...sysctl.split('\n').filter((line) => !keys.has(line.split(' ')[0])), ...lines, ''].join('\n');
}

/** As `conntrack -L -p udp --dst-nat` prints it. */
function dnsConnection(endpoint: string): string {
  return `udp      17 29 src=10.244.0.3 dst=10.96.10.2 sport=40123 dport=53 [UNREPLIED] src=${endpoint} dst=10.244.0.3 sport=53 dport=40123 mark=0 use=1\n`;
}

/** As `conntrack -S` prints it. */
function stats(insertFailed: number): string {
  return `cpu=0   \tfound=9 invalid=3 insert=0 insert_failed=${insertFailed} drop=${insertFailed} early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \ncpu=1   \tfound=2 invalid=0 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \n`;
}

function randomly(text: string): string {
  return text.replaceAll(/-j MASQUERADE$/gm, '$& --random-fully');
}

const strict = (value: number) =>
  withSetting(
    'net.ipv4.conf.all.rp_filter = 0',
    ...['eth0', 'cni0'].map((name) => `net.ipv4.conf.${name}.rp_filter = ${value}`),
  );

/** The way out to the world is another interface than the one that the world's packets come in by. */
const routes = recordedText('live-node-a/ip-route.json');
const detour = JSON.stringify(
  (JSON.parse(routes) as readonly Record<string, unknown>[]).map((route) =>
    route.dst === 'default' ? { ...route, dev: 'cni0', gateway: '10.244.0.254' } : route,
  ),
);

export const nodeCases: readonly NodeCase[] = [
  {
    code: 'KPR303',
    what: 'kube-proxy says that it is in ipvs mode, and rules of iptables mode are there',
    texts: { 'proxy-mode': 'ipvs' },
    clean: { 'proxy-mode': 'iptables' },
    severity: 'critical',
    target: 'default/web',
    state: 'reachable',
    says: /kube-proxy on node-a is in ipvs mode, and the rules of iptables mode are left/,
  },
  {
    code: 'KPR403',
    what: 'the range of kube-proxy’s pods is not that of the nodes',
    texts: {
      'iptables-save': rules.replaceAll('10.244.0.0/16', '10.200.0.0/16'),
    },
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /takes 10\.200\.0\.0\/16 for the addresses of pods, and the pods of 2 nodes have others \(node-a has 10\.244\.0\.0\/24 and node-b has/,
  },
  {
    code: 'KPR404',
    what: 'bridge-nf-call-iptables is 0 and pods are on a bridge',
    texts: { sysctl: withSetting('net.bridge.bridge-nf-call-iptables = 0') },
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /bridge-nf-call-iptables is 0 on node-a, and its pods are on the bridge cni0/,
  },
  {
    code: 'KPR405',
    what: 'rp_filter is strict where the way back leads out elsewhere',
    texts: { sysctl: strict(1), 'ip-route': detour },
    clean: { sysctl: strict(2), 'ip-route': detour },
    severity: 'warning',
    target: 'nodeport/30180',
    state: 'degraded',
    sentence: /dropped on node-a: rp_filter is 1: no way back to 203\.0\.113\.77 by eth0/,
    says: /rp_filter is 1: no way back/,
  },
  {
    code: 'KPR501',
    what: 'a tracked UDP connection goes to an endpoint that is gone',
    texts: { conntrack: dnsConnection('10.244.0.99') },
    clean: { conntrack: dnsConnection('10.244.0.22') },
    severity: 'warning',
    target: '10.96.10.2:53/udp',
    state: 'degraded',
    sentence: /^1 tracked UDP connection to shop\/dns:dns \(UDP\) on node-a still goes to 10\.244\.0\.99:53/,
    says: /still goes to 10\.244\.0\.99:53, which no EndpointSlice offers/,
  },
  {
    code: 'KPR504',
    what: 'the table of tracked connections is nearly full',
    texts: { sysctl: withSetting('net.netfilter.nf_conntrack_count = 250000') },
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /is 95 % full: 250000 of 262144/,
  },
  {
    code: 'KPR504',
    what: 'the table of tracked connections is full',
    texts: { sysctl: withSetting('net.netfilter.nf_conntrack_count = 262144'), 'conntrack-stats': stats(0) },
    severity: 'critical',
    target: 'default/web',
    state: 'degraded',
    sentence: /^the table of tracked connections on node-a is full/,
    says: /on node-a is full: 262144 of 262144$/,
  },
  {
    code: 'KPR505',
    what: 'connections are lost to one another, and a rule masquerades without --random-fully',
    texts: { 'conntrack-stats': stats(4711) },
    clean: {
      'conntrack-stats': stats(4711),
      'iptables-save': randomly(rules),
      'ip6tables-save': randomly(recordedText('live-node-a/ip6tables-save.txt')),
    },
    severity: 'warning',
    target: 'default/web',
    state: 'reachable',
    says: /4711 connections were lost on node-a since it started, .*masquerades? without --random-fully/,
  },
];
