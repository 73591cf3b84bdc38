// A node in a network namespace, and behind its devices a namespace that sends it frames and sees what leaves it.
//
//     wire (agent) ---- veth ---- far (VXLAN sockets)     node: eth0, pod0, pod1, lo
//                                        the VXLAN devices themselves stand in `node`
//
// The last thing that a packet for the node itself meets is a drop, so that nothing ever answers.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { NodeFacts } from '../../../src/netfilter/node-facts.ts';
import { parseIpsetSave } from '../../../src/parse/ipset-save.ts';
import { parseAddresses, parseRoutes, parseRoutingRules } from '../../../src/parse/node-facts.ts';
import { type Namespace, openNamespace } from '../namespace.ts';
import type { Order, Seen } from './agent.ts';

export type Backend = 'nft' | 'legacy';

export interface World {
  readonly node: Namespace;
  /** As they are now. */
  facts(): NodeFacts;
  /** Names of its ipsets of the family; none where the kernel has no such sets. */
  sets(family: 'IPv4' | 'IPv6'): readonly string[];
  /** Sends, and tells what has left the node since. */
  send(packets: { readonly wire: readonly Order[]; readonly own: readonly Order[] }): Promise<readonly Seen[]>;
  /** What has come to the node itself since, as `source port destination port`; of ICMP the ports are 0. */
  delivered(family: 'IPv4' | 'IPv6'): readonly string[];
  setSysctls(values: Readonly<Record<string, string>>): void;
  close(): void;
}

/** The devices by their VXLAN network. */
export const devices: readonly string[] = ['', 'eth0', 'pod0', 'pod1'];
export const macOf = (network: number) => `02:00:00:00:00:0${network}`;

/** The user of the sockets on the node. */
export const user = 1234;

const setup = `
addr add 192.0.2.1/24 dev eth0
addr add 192.0.2.2/24 dev eth0
addr add 10.244.0.1/24 dev pod0
addr add 172.16.0.1/24 dev pod1
addr add 172.17.0.1/16 dev pod1
addr add 169.254.20.10/32 dev lo
addr add fd00:1::1/64 dev eth0 nodad
addr add fd00:244::1/64 dev pod0 nodad
addr add fd00:172::1/64 dev pod1 nodad
route add default via 192.0.2.254 dev eth0
route add 10.244.1.0/24 via 10.244.0.2 dev pod0
route add unreachable 10.66.0.0/16
route add blackhole 10.67.0.0/16
route add 198.51.100.0/25 via 172.17.0.9 dev pod1
route add default via 172.16.0.9 dev pod1 table 100
rule add fwmark 0x200/0x200 lookup 100
-6 route add default via fd00:1::fe dev eth0
-6 route add fd00:244:1::/64 via fd00:244::2 dev pod0
-6 route add unreachable fd00:66::/48
-6 route add fd00:98::/64 via fd00:172::9 dev pod1
-6 route add default via fd00:172::9 dev pod1 table 100
-6 rule add fwmark 0x200/0x200 lookup 100
`;

const fixed = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv6.icmp.ratelimit=0',
];

/** The last letter is the family. */
const setCommands = `
create hosts4 hash:ip family inet
add hosts4 10.96.0.1
add hosts4 203.0.113.5
create nets4 hash:net family inet
add nets4 10.0.0.0/8
add nets4 10.244.1.0/24 nomatch
add nets4 172.16.0.0/12
create portip4 hash:ip,port family inet
add portip4 10.96.0.1,tcp:80
add portip4 10.96.0.10,udp:53
add portip4 192.0.2.77,tcp:8080
create hosts6 hash:ip family inet6
add hosts6 fd00:96::1
add hosts6 2001:db8::5
create nets6 hash:net family inet6
add nets6 fd00::/16
add nets6 fd00:244::/32 nomatch
create portip6 hash:ip,port family inet6
add portip6 fd00:96::1,tcp:80
add portip6 fd00:96::a,udp:53
`;

function makeSets(node: Namespace): readonly string[] {
  const { status } = node.run(['ipset', 'restore'], setCommands);
  return status === 0 ? [...setCommands.matchAll(/^create (\S+)/gm)].map(([, name]) => name ?? '') : [];
}

/**
 * That it asks for `ct state` turns connection tracking on: where no rule at all needs it, the kernel has none, and does
 * not ask the nat table either (nf_ct_netns_get).
 */
const judge = (family: 'ip' | 'ip6', address: string, icmp: string) => `
table ${family} judge {
  set came { type ${address} . inet_service . ${address} . inet_service; flags dynamic; size 65535; }
  set icmpcame { type ${address} . ${address}; flags dynamic; size 65535; }
  chain in {
    type filter hook input priority 2147483645;
    ct state new
    meta l4proto ${icmp} add @icmpcame { ${family} saddr . ${family} daddr } drop
    add @came { ${family} saddr . th sport . ${family} daddr . th dport } drop
  }
  chain out {
    type filter hook output priority -500;
    tcp flags & rst == rst drop
    meta l4proto ${icmp} drop
  }
}
`;

/** Why there can be none here although there are namespaces, or `undefined`. */
export function whyNoWorld(): string | undefined {
  const programs = ['nft', 'conntrack', 'sysctl', 'iptables-nft-restore', 'iptables-legacy-restore'];
  for (const program of programs) {
    // Any status will do: only a program that is not there has none.
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is missing`;
  }
  return undefined;
}

export async function openWorld(): Promise<World> {
  const opened: Namespace[] = [];
  const agents: Agent[] = [];
  const close = () => {
    for (const agent of agents) agent.close();
    for (const namespace of opened) namespace.close();
  };
  try {
    const [wire, far, node] = [0, 1, 2].map(() => {
      const namespace = openNamespace();
      opened.push(namespace);
      return namespace;
    });
    if (wire === undefined || far === undefined || node === undefined) throw new Error('no namespaces');
    connectWire(wire, far, node);
    ip(node, setup);
    must(node, ['sysctl', '-qw', ...fixed]);
    const sets = makeSets(node);
    let facts: NodeFacts | undefined;
    must(node, ['nft', '-f', '-'], judge('ip', 'ipv4_addr', 'icmp') + judge('ip6', 'ipv6_addr', 'ipv6-icmp'));
    const [sender, own] = [
      new Agent([...wire.prefix], ['vxlan', '10.9.9.2', '10.9.9.1']),
      new Agent([...node.prefix], ['user', String(user)]),
    ];
    agents.push(sender, own);
    await Promise.all(agents.map((agent) => agent.answer()));
    return {
      node,
      facts: () => {
        facts ??= factsOf(node);
        return facts;
      },
      sets: (family) => sets.filter((name) => name.endsWith(family === 'IPv4' ? '4' : '6')),
      send: async (packets) => {
        if (packets.own.length > 0) await own.order(packets.own);
        return sender.order(packets.wire);
      },
      delivered: (family) => delivered(node, family),
      setSysctls: (values) => {
        const pairs = Object.entries(values).map(([name, value]) => `${name}=${value}`);
        must(node, ['sysctl', '-qw', ...pairs]);
        facts = undefined;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function connectWire(wire: Namespace, far: Namespace, node: Namespace): void {
  const [wireName, nodeName] = [wire, node].map(({ prefix }) => prefix.at(-1) ?? '');
  ip(wire, 'link set lo up');
  ip(node, 'link set lo up');
  ip(
    far,
    `link add under type veth peer name under netns ${wireName}\naddr add 10.9.9.1/24 dev under\nlink set under up`,
  );
  ip(wire, 'addr add 10.9.9.2/24 dev under\nlink set under up');
  for (const [network, name] of devices.entries()) {
    if (name === '') continue;
    ip(far, `link add vx${network} type vxlan id ${network} local 10.9.9.1 remote 10.9.9.2 dstport 4789 nolearning`);
    ip(far, `link set vx${network} netns ${nodeName} name ${name} address ${macOf(network)}`);
    // Nobody is asked for anybody's hardware address.
    ip(node, `link set ${name} arp off addrgenmode none\nlink set ${name} up`);
  }
}

function factsOf(node: Namespace): NodeFacts {
  const read = (...argv: readonly string[]) => must(node, ['ip', ...argv]);
  const settings = ['all', ...devices.slice(1), 'lo'].flatMap((name) =>
    ['rp_filter', 'route_localnet', 'accept_local', 'src_valid_mark', 'forwarding'].map(
      (setting) => `net.ipv4.conf.${name}.${setting}`,
    ),
  );
  const names = [...settings, 'net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];
  const values = must(node, ['sysctl', '-n', ...names])
    .trim()
    .split('\n');
  return {
    addresses: parseAddresses(read('-j', 'addr')),
    routes: [
      ...(parseRoutes(read('-4', '-j', 'route', 'show', 'table', 'all'), 'IPv4') ?? []),
      ...(parseRoutes(read('-6', '-j', 'route', 'show', 'table', 'all'), 'IPv6') ?? []),
    ],
    rules: [
      ...(parseRoutingRules(read('-4', '-j', 'rule'), 'IPv4') ?? []),
      ...(parseRoutingRules(read('-6', '-j', 'rule'), 'IPv6') ?? []),
    ],
    sysctls: new Map(names.map((name, index) => [name, values[index] ?? ''])),
    sets: parseIpsetSave(node.run(['ipset', 'save']).stdout),
  };
}

function delivered(node: Namespace, family: 'IPv4' | 'IPv6'): readonly string[] {
  const table = family === 'IPv4' ? 'ip' : 'ip6';
  const text = must(node, ['nft', '-j', 'list', 'table', table, 'judge']);
  must(node, ['nft', '-f', '-'], `flush set ${table} judge came\nflush set ${table} judge icmpcame\n`);
  const { nftables } = JSON.parse(text) as {
    nftables: readonly { set?: { elem?: readonly { concat: readonly unknown[] }[] } }[];
  };
  return nftables
    .flatMap(({ set }) => set?.elem ?? [])
    .map(({ concat }) => (concat.length === 2 ? [concat[0], 0, concat[1], 0] : concat).join(' '))
    .sort();
}

export function must(namespace: Namespace, argv: readonly string[], input?: string): string {
  const { status, stdout, stderr } = namespace.run(argv, input);
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}\n${input ?? ''}`);
  return stdout;
}

function ip(namespace: Namespace, commands: string): void {
  for (const command of commands.split('\n').filter(Boolean)) must(namespace, ['ip', ...command.split(' ')]);
}

class Agent {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(prefix: readonly string[], roles: readonly string[]) {
    const [program = '', ...argv] = [
      ...prefix,
      process.execPath,
      fileURLToPath(new URL('agent.ts', import.meta.url)),
      ...roles,
    ];
    this.#process = spawn(program, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the agent has no output');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async order(orders: readonly Order[]): Promise<readonly Seen[]> {
    this.#process.stdin?.write(`${JSON.stringify(orders)}\n`);
    return this.answer();
  }

  async answer(): Promise<readonly Seen[]> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the agent has ended');
    return JSON.parse(value) as readonly Seen[];
  }

  close(): void {
    this.#process.kill();
  }
}
