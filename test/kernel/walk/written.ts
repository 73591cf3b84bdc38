// Rulesets that pin one fact about the kernel each, found by experiment or by a random ruleset that disagreed.
import type { Family } from './addresses.ts';

export interface Written {
  /** The fact. */
  readonly fact: string;
  readonly family: Family;
  /** `table rule`, the rule as `-A` takes it. */
  readonly rules: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
}

export const written: readonly Written[] = [
  {
    fact: 'security of INPUT stands before nat with iptables-legacy, behind it with iptables-nft',
    family: 'IPv4',
    rules: ['security INPUT -j DROP', 'nat INPUT -j MARK --set-mark 0x1'],
  },
  {
    fact: 'a translation to the same is none',
    family: 'IPv4',
    rules: [
      'nat PREROUTING -d 10.96.0.1/32 -j DNAT --to-destination 10.96.0.1',
      'nat PREROUTING -d 10.96.0.10/32 -j DNAT --to-destination 10.244.0.9',
      'nat POSTROUTING -s 203.0.113.5/32 -j SNAT --to-source 203.0.113.5',
      'filter FORWARD -m conntrack --ctstate DNAT -j LOG',
      'mangle POSTROUTING -m conntrack --ctstate DNAT -j DROP',
    ],
  },
  {
    fact: 'the first CT rule counts, and gives raw a connection that is NEW',
    family: 'IPv4',
    rules: [
      'raw PREROUTING -m conntrack --ctstate INVALID',
      'raw PREROUTING -p tcp -j CT --zone 5',
      'raw PREROUTING -m conntrack --ctstate NEW',
      'raw PREROUTING -j CT --notrack',
      'raw PREROUTING -m conntrack --ctstate UNTRACKED -j MARK --set-mark 0x1',
      'filter FORWARD -m conntrack --ctstate NEW',
      'filter FORWARD -m conntrack --ctstate UNTRACKED',
      'filter INPUT -m conntrack --ctstate NEW',
    ],
  },
  {
    fact: 'a mark of raw does not route a packet of the node again, one of mangle does; filter sees the old interface',
    family: 'IPv4',
    rules: [
      'raw OUTPUT -p udp -j MARK --set-xmark 0x200/0x200',
      'mangle OUTPUT -p tcp -j MARK --set-xmark 0x200/0x200',
      'filter OUTPUT -o eth0',
      'filter OUTPUT -o pod1',
      'mangle POSTROUTING -o eth0',
      'mangle POSTROUTING -o pod1',
    ],
  },
  {
    fact: 'in IPv6 as well',
    family: 'IPv6',
    rules: [
      'raw OUTPUT -p udp -j MARK --set-xmark 0x200/0x200',
      'mangle OUTPUT -p tcp -j MARK --set-xmark 0x200/0x200',
      'filter OUTPUT -o eth0',
      'mangle POSTROUTING -o pod1',
    ],
  },
  {
    fact: 'DNAT in OUTPUT routes again with the mark of the packet, and the filter of OUTPUT sees the old interface',
    family: 'IPv4',
    rules: [
      'raw OUTPUT -p udp -j MARK --set-xmark 0x200/0x200',
      'nat OUTPUT -d 10.96.0.0/16 -j DNAT --to-destination 10.244.0.9',
      'filter OUTPUT -o eth0',
      'filter OUTPUT -o pod0',
      'nat POSTROUTING -j MASQUERADE',
    ],
  },
  {
    fact: 'addrtype on one interface takes an address of another for UNICAST',
    family: 'IPv4',
    rules: [
      'mangle PREROUTING -m addrtype --dst-type LOCAL --limit-iface-in -j MARK --set-mark 0x1',
      'mangle PREROUTING -m addrtype --dst-type UNICAST --limit-iface-in -j MARK --set-mark 0x2',
      'mangle INPUT -m addrtype --dst-type LOCAL',
      'mangle OUTPUT -m addrtype ! --src-type LOCAL --limit-iface-out',
    ],
  },
  {
    fact: 'in IPv6 the loopback address is routed only by the loopback device',
    family: 'IPv6',
    rules: ['nat PREROUTING -j DNAT --to-destination ::1', 'nat OUTPUT -p tcp -j DNAT --to-destination ::1'],
  },
  {
    fact: 'DNAT to loopback needs route_localnet, and then loopback may leave',
    family: 'IPv4',
    rules: [
      'nat PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1',
      'nat OUTPUT -s 127.0.0.0/8 -j DNAT --to-destination 10.244.0.9',
    ],
    sysctls: { 'net.ipv4.conf.eth0.route_localnet': '1', 'net.ipv4.conf.pod0.route_localnet': '1' },
  },
  {
    fact: 'the longest net of a set decides, member or exception',
    family: 'IPv4',
    rules: [
      'filter FORWARD -m set --match-set nets4 dst -j DROP',
      'filter FORWARD -m set ! --match-set nets4 src -j DROP',
    ],
  },
  {
    fact: 'rpfilter asks with the mark only where it is told to',
    family: 'IPv4',
    rules: [
      'raw PREROUTING -j MARK --set-xmark 0x200/0x200',
      'raw PREROUTING -m rpfilter',
      'raw PREROUTING -m rpfilter --validmark',
      'raw PREROUTING -m rpfilter --loose --accept-local',
      'mangle PREROUTING -m rpfilter --invert',
    ],
  },
  {
    fact: 'rp_filter asks with the mark where src_valid_mark is set',
    family: 'IPv4',
    rules: ['mangle PREROUTING -j MARK --set-xmark 0x200/0x200'],
    sysctls: {
      'net.ipv4.conf.all.rp_filter': '1',
      'net.ipv4.conf.eth0.src_valid_mark': '1',
      'net.ipv4.conf.all.accept_local': '1',
    },
  },
  {
    fact: "MASQUERADE takes the address of the next hop's network",
    family: 'IPv4',
    rules: ['nat POSTROUTING -j MASQUERADE', 'nat PREROUTING -p udp -j DNAT --to-destination 198.51.100.9'],
  },
  {
    fact: 'behind POSTROUTING rules still see the interface a packet came in by, in PREROUTING none it leaves by',
    family: 'IPv4',
    rules: [
      'mangle POSTROUTING -j M1',
      'mangle PREROUTING -j M2',
      'mangle M1 -i eth0',
      'mangle M1 ! -i eth0',
      'mangle M1 -i pod+ -j DROP',
      'mangle M2 -o eth0',
      'mangle M2 ! -o eth0',
    ],
  },
  {
    fact: 'NETMAP keeps the host, REDIRECT gives the address of the interface',
    family: 'IPv6',
    rules: [
      'nat PREROUTING -p tcp -j REDIRECT --to-ports 8080',
      'nat PREROUTING -d fd00:96::/112 -j NETMAP --to fd00:244::/64',
      'nat OUTPUT -j REDIRECT',
      'nat POSTROUTING -j MASQUERADE',
    ],
  },
  {
    fact: 'loopback keeps the mark and the connection; nat is asked once',
    family: 'IPv4',
    rules: [
      'mangle OUTPUT -j MARK --set-mark 0x1',
      'mangle OUTPUT -j CONNMARK --save-mark',
      'raw PREROUTING -m mark --mark 0x1',
      'raw PREROUTING -m conntrack --ctstate NEW',
      'mangle PREROUTING -m connmark --mark 0x1',
      'mangle PREROUTING -m conntrack --ctstatus CONFIRMED',
      'nat PREROUTING -i lo',
      'nat INPUT -i lo',
      'nat POSTROUTING -o lo -j SNAT --to-source 10.244.0.1',
      'nat OUTPUT -d 192.0.2.1/32 -j DNAT --to-destination 172.16.0.1',
    ],
  },
];

const hooks: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

export function textOfRules(rules: readonly string[]): string {
  return Object.entries(hooks)
    .map(([table, chains]) => {
      const own = rules.filter((rule) => rule.startsWith(`${table} `)).map((rule) => rule.slice(table.length + 1));
      const more = new Set(own.map((rule) => rule.split(' ')[0] ?? '').filter((chain) => !chains.includes(chain)));
      const declared = [
        ...chains.map((chain) => `:${chain} ACCEPT [0:0]`),
        ...[...more].map((chain) => `:${chain} - [0:0]`),
      ];
      return [`*${table}`, ...declared, ...own.map((rule) => `-A ${rule}`), 'COMMIT', ''].join('\n');
    })
    .join('');
}
