// Random rulesets as text for iptables-restore: all that a walk decides, in every place the kernel takes it. Rules of
// chance and of unknown extensions are drawn only where they are asked for.
import { type Addresses, addresses, type Family } from './addresses.ts';
import type { Random } from './random.ts';
import { user } from './world.ts';

/** The hooks that lead to a chain decide what may stand in it. */
interface Group {
  readonly table: string;
  readonly hooks: readonly string[];
  /** Chains of the group's own, each leading only to later ones. */
  readonly own: readonly string[];
}

const groups: readonly Group[] = [
  { table: 'raw', hooks: ['PREROUTING', 'OUTPUT'], own: ['R1', 'R2'] },
  { table: 'mangle', hooks: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'], own: ['M1', 'M2', 'M3'] },
  { table: 'nat', hooks: ['PREROUTING', 'OUTPUT'], own: ['D1', 'D2', 'D3', 'D4'] },
  { table: 'nat', hooks: ['POSTROUTING'], own: ['S1', 'S2'] },
  { table: 'nat', hooks: ['INPUT'], own: ['N1'] },
  { table: 'filter', hooks: ['INPUT', 'FORWARD', 'OUTPUT'], own: ['F1', 'F2', 'F3', 'F4'] },
  { table: 'security', hooks: ['INPUT', 'FORWARD', 'OUTPUT'], own: ['Y1'] },
];

export interface Extras {
  /** Rules that take a share of the packets. */
  readonly chance?: boolean;
  /** Rules whose outcome no walk can know. */
  readonly unknown?: boolean;
  /** Names of ipsets. */
  readonly sets: readonly string[];
}

/** The text of all tables. */
export function randomRules(random: Random, family: Family, extras: Extras): string {
  const tables = [...new Set(groups.map(({ table }) => table))];
  return tables.map((table) => tableText(table, random, family, extras)).join('');
}

/** Every table there is, each of its chains empty and accepting. */
export const emptyRules = [...new Set(groups.map(({ table }) => table))]
  .map((table) => {
    const hooks = groups.filter((group) => group.table === table).flatMap((group) => group.hooks);
    return [`*${table}`, ...hooks.map((hook) => `:${hook} ACCEPT [0:0]`), 'COMMIT', ''].join('\n');
  })
  .join('');

function tableText(table: string, random: Random, family: Family, extras: Extras): string {
  const own = groups.filter((group) => group.table === table);
  const declarations = own.flatMap(({ hooks, own: chains }) => [
    ...hooks.map((hook) => `:${hook} ${table !== 'nat' && random.chance(0.08) ? 'DROP' : 'ACCEPT'} [0:0]`),
    ...chains.map((chain) => `:${chain} - [0:0]`),
  ]);
  const busy = table === 'nat' || table === 'filter' ? 6 : 4;
  const rules = own.flatMap((group) =>
    [...group.hooks, ...group.own].flatMap((chain) =>
      Array.from({ length: random.integer(busy) }, () => new RuleWriter(random, family, extras, group, chain).text()),
    ),
  );
  return [`*${table}`, ...declarations, ...rules, 'COMMIT', ''].join('\n');
}

/** What traffic before has done decides, or what is not in a packet as a walk knows it. */
const unforeseeable = [
  '-m limit --limit 1/s',
  '-m length --length 1:500',
  '-m recent --set --name L',
  '-m recent --rcheck --name L',
  '-m recent ! --rcheck --seconds 100 --name L',
  '-m recent --update --name L --rdest',
  '-m recent --remove --name L',
  '-m statistic --mode nth --every 2 --packet 0',
];

const ports = [80, 53, 8080, 443];

class RuleWriter {
  readonly #random: Random;
  readonly #family: Family;
  readonly #extras: Extras;
  readonly #group: Group;
  readonly #chain: string;
  readonly #pool: Addresses;
  /** Set by a `-p`: what may follow depends on it. */
  #protocol: string | undefined;

  constructor(random: Random, family: Family, extras: Extras, group: Group, chain: string) {
    this.#random = random;
    this.#family = family;
    this.#extras = extras;
    this.#group = group;
    this.#chain = chain;
    this.#pool = addresses[family];
  }

  text(): string {
    const matches = this.#matches();
    return [`-A ${this.#chain}`, ...matches, this.#target()].filter(Boolean).join(' ');
  }

  #matches(): readonly string[] {
    const random = this.#random;
    const drawn: string[] = [];
    if (random.chance(0.3)) drawn.push(`${this.#not()}-s ${this.#prefix()}`);
    if (random.chance(0.3)) drawn.push(`${this.#not()}-d ${this.#prefix()}`);
    if (this.#mayNameIn() && random.chance(0.15)) drawn.push(`${this.#not()}-i ${this.#device()}`);
    if (this.#mayNameOut() && random.chance(0.15)) drawn.push(`${this.#not()}-o ${this.#device()}`);
    drawn.push(...this.#protocolMatches());
    const others = this.#otherMatches();
    // Twice the same extension in one rule is more than iptables-restore always bears.
    if (random.chance(0.45)) drawn.push(...random.some(others, 3).map((draw) => draw()));
    if (this.#extras.chance && random.chance(0.2)) {
      drawn.push(`-m statistic --mode random ${this.#not()}--probability ${random.of(['0.5', '0.25', '0.9'])}`);
    }
    if (this.#extras.unknown && random.chance(0.2)) drawn.push(random.of(unforeseeable));
    return drawn;
  }

  #protocolMatches(): readonly string[] {
    const random = this.#random;
    if (!random.chance(0.4)) return [];
    const icmp = this.#family === 'IPv4' ? 'icmp' : 'ipv6-icmp';
    const protocol = random.of(['tcp', 'tcp', 'udp', 'udp', 'sctp', icmp]);
    if (random.chance(0.1)) return [`! -p ${protocol}`];
    this.#protocol = protocol;
    const name = `-p ${protocol}`;
    if (protocol === icmp) {
      const option = this.#family === 'IPv4' ? '-m icmp --icmp-type' : '-m icmp6 --icmpv6-type';
      return random.chance(0.4)
        ? [name, `${option.replace(' --', ` ${this.#not()}--`)} ${random.of(['echo-request', 'echo-reply'])}`]
        : [name];
    }
    const further = [
      () => `-m ${protocol} ${this.#not()}--dport ${random.of(ports)}`,
      () => `-m ${protocol} --dport 50:${random.of(ports)}`,
      () => `-m ${protocol} --sport 20000:40000`,
      () => `-m multiport ${this.#not()}--dports ${random.some(ports, 3).join(',')}`,
      () => `-m multiport --ports 53,8000:9000`,
      ...(protocol === 'tcp'
        ? [() => `-m tcp ${this.#not()}--tcp-flags FIN,SYN,RST,ACK ${random.of(['SYN', 'ACK', 'RST'])}`]
        : []),
    ];
    return random.chance(0.7) ? [name, random.of(further)()] : [name];
  }

  #otherMatches(): readonly (() => string)[] {
    const random = this.#random;
    const { hooks, table } = this.#group;
    const marks = () => random.of(['0x1/0x1', '0x2/0x2', '0x4000/0x4000', '0x0', '0x200/0x200', '0x1/0x3']);
    const state = () =>
      random.some(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'DNAT', 'SNAT'], 3).join(',');
    return [
      () => '-m comment --comment "a \\"comment\\""',
      () => `-m mark ${this.#not()}--mark ${marks()}`,
      () => `-m connmark ${this.#not()}--mark ${marks()}`,
      () => `-m conntrack ${this.#not()}--ctstate ${state()}`,
      () => `-m conntrack ${this.#not()}--ctstate ${state()}`,
      () => `-m conntrack ${this.#not()}--ctorigdst ${this.#prefix()}`,
      () => `-m conntrack ${this.#not()}--ctorigsrc ${this.#prefix()}`,
      () => `-m conntrack ${this.#not()}--ctreplsrc ${this.#prefix()}`,
      () => `-m conntrack ${this.#not()}--ctrepldst ${this.#prefix()}`,
      () => `-m conntrack --ctorigdstport ${random.of(ports)} --ctdir ORIGINAL`,
      () => `-m conntrack ${this.#not()}--ctstatus ${random.of(['CONFIRMED', 'SEEN_REPLY', 'ASSURED', 'NONE'])}`,
      () => `-m state ${this.#not()}--state ${random.some(['NEW', 'ESTABLISHED', 'INVALID'], 2).join(',')}`,
      () => this.#addrtype(),
      () => this.#addrtype(),
      () => `-m iprange ${this.#not()}--${random.of(['src', 'dst'])}-range ${this.#range()}`,
      () => `-m statistic --mode nth --every 1 --packet 0`,
      () => `-m recent --set --name ${random.of(['L1', 'L2'])}${random.integer(1_000_000)}`,
      ...(this.#extras.sets.length > 0 ? [() => this.#set(), () => this.#set()] : []),
      ...(this.#isBase() && hooks.length > 0 && ['OUTPUT', 'POSTROUTING'].includes(this.#chain)
        ? [
            () => `-m owner ${this.#not()}--uid-owner ${random.of([user, 0, '1000-2000'])}`,
            () => `-m owner ${this.#not()}--socket-exists`,
          ]
        : []),
      ...(this.#chain === 'PREROUTING' && (table === 'raw' || table === 'mangle')
        ? [
            () =>
              `-m rpfilter${random.chance(0.3) ? ' --loose' : ''}${random.chance(0.3) ? ' --validmark' : ''}${random.chance(0.4) ? ' --invert' : ''}`,
          ]
        : []),
      ...(['PREROUTING', 'INPUT', 'FORWARD'].includes(this.#chain)
        ? [() => `-m mac ${this.#not()}--mac-source 02:00:00:00:00:99`]
        : []),
    ];
  }

  #addrtype(): string {
    const random = this.#random;
    const limits =
      this.#family === 'IPv4' && this.#isBase() && random.chance(0.25)
        ? this.#mayNameIn()
          ? ' --limit-iface-in'
          : ' --limit-iface-out'
        : '';
    const types =
      this.#family === 'IPv4'
        ? ['LOCAL', 'UNICAST', 'LOCAL,UNICAST', 'BROADCAST,LOCAL', 'MULTICAST']
        : ['LOCAL', 'UNICAST', 'ANYCAST'];
    return `-m addrtype ${this.#not()}--${random.of(['src', 'dst'])}-type ${random.of(types)}${limits}`;
  }

  #set(): string {
    const random = this.#random;
    const name = random.of(this.#extras.sets);
    const side = random.of(['src', 'dst']);
    return `-m set ${this.#not()}--match-set ${name} ${name.includes('port') ? `${side},${random.of(['src', 'dst'])}` : side}`;
  }

  #target(): string {
    const random = this.#random;
    const { table, own } = this.#group;
    const later = own.slice(own.indexOf(this.#chain) + 1);
    if (later.length > 0 && random.chance(this.#isBase() ? 0.4 : 0.3))
      return `${random.chance(0.75) ? '-j' : '-g'} ${random.of(later)}`;
    if (random.chance(0.08)) return '';
    if (this.#extras.unknown && this.#mayGiveToSocket() && random.chance(0.3)) {
      return '-j TPROXY --on-port 9999 --tproxy-mark 0x1/0x1';
    }
    if (random.chance(this.#isBase() ? 0.03 : 0.12)) return '-j RETURN';
    switch (table) {
      case 'raw':
        return random.of([
          () => '-j CT --notrack',
          () => '-j NOTRACK',
          () => this.#mark(),
          () => this.#mark(),
          () => '-j ACCEPT',
          () => this.#rarely('DROP'),
        ])();
      case 'mangle':
        return random.of([
          () => this.#mark(),
          () => this.#mark(),
          () => this.#connmark(),
          () => '-j ACCEPT',
          () => this.#rarely('DROP'),
          () => '-j DSCP --set-dscp 0x00',
        ])();
      case 'nat':
        return this.#nat();
      default:
        return random.of([
          () => '-j ACCEPT',
          () => '-j ACCEPT',
          () => this.#rarely('DROP'),
          () => this.#rarely(this.#reject()),
          () => '-j LOG --log-prefix "x "',
          () => this.#mark(),
        ])();
    }
  }

  #mayGiveToSocket(): boolean {
    const ofSocket = this.#protocol === 'tcp' || this.#protocol === 'udp';
    return this.#group.table === 'mangle' && this.#chain === 'PREROUTING' && ofSocket;
  }

  /** Else nearly every packet would end at its first tables. */
  #rarely(target: string): string {
    return this.#random.chance(0.5) ? `-j ${target}` : '-j NFLOG --nflog-group 30';
  }

  #reject(): string {
    // A user-defined chain of security may be led to as well as one of filter; REJECT is of filter alone.
    if (this.#group.table !== 'filter') return 'DROP';
    if (this.#protocol === 'tcp' && this.#random.chance(0.5)) return 'REJECT --reject-with tcp-reset';
    const types =
      this.#family === 'IPv4'
        ? ['icmp-port-unreachable', 'icmp-admin-prohibited']
        : ['icmp6-port-unreachable', 'icmp6-adm-prohibited'];
    return `REJECT --reject-with ${this.#random.of(types)}`;
  }

  #mark(): string {
    const value = this.#random.of([
      '--set-xmark 0x4000/0x4000',
      '--set-mark 0x1',
      '--or-mark 0x2',
      '--and-mark 0xfffffffe',
      '--xor-mark 0x1',
      '--set-xmark 0x200/0x200',
    ]);
    return `-j MARK ${value}`;
  }

  #connmark(): string {
    const random = this.#random;
    return `-j CONNMARK ${random.of(['--save-mark', '--restore-mark', '--set-xmark 0x1/0x1', '--restore-mark --nfmask 0x1 --ctmask 0x3', '--set-mark 0x2'])}`;
  }

  #nat(): string {
    const random = this.#random;
    if (random.chance(0.12)) return random.chance(0.5) ? '-j ACCEPT' : this.#mark();
    const hasPorts = this.#protocol === 'tcp' || this.#protocol === 'udp';
    const to = (address: string, port: string) => {
      if (port === '') return address;
      return this.#family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
    };
    const pool = this.#pool;
    if (this.#group.hooks[0] === 'PREROUTING') {
      const destinations = [
        ...pool.near.flat(),
        ...pool.near.flat(),
        ...pool.own,
        ...pool.far,
        ...pool.nowhere,
        pool.loopback,
      ];
      return random.of([
        () =>
          `-j DNAT --to-destination ${to(random.of(destinations), hasPorts ? random.of(['', '8080', '80', '50-9999']) : '')}`,
        () => `-j DNAT --to-destination ${to(random.of(destinations), hasPorts ? random.of(['', '8080', '80']) : '')}`,
        () => `-j DNAT --to-destination ${to(random.of(destinations), hasPorts ? random.of(['', '8080', '80']) : '')}`,
        () => `-j REDIRECT${hasPorts && random.chance(0.5) ? ' --to-ports 8080' : ''}`,
        () => `-j NETMAP --to ${random.of(pool.maps)}`,
      ])();
    }
    const sources = [...pool.own, ...pool.far, ...pool.near.flat()];
    const kept = hasPorts && random.chance(0.3) ? '10000-60000' : '';
    const snat = () => `-j SNAT --to-source ${to(random.of(sources), kept)}`;
    if (this.#group.hooks[0] === 'INPUT') return snat();
    return random.of([
      snat,
      () => '-j MASQUERADE',
      () => '-j MASQUERADE',
      () => `-j NETMAP --to ${random.of(pool.maps)}`,
    ])();
  }

  #isBase(): boolean {
    return this.#group.hooks.includes(this.#chain);
  }

  #mayNameIn(): boolean {
    return !this.#isBase() || ['PREROUTING', 'INPUT', 'FORWARD'].includes(this.#chain);
  }

  #mayNameOut(): boolean {
    return !this.#isBase() || ['OUTPUT', 'POSTROUTING', 'FORWARD'].includes(this.#chain);
  }

  #not(): string {
    return this.#random.chance(0.25) ? '! ' : '';
  }

  #device(): string {
    return this.#random.of(['eth0', 'pod0', 'pod1', 'pod+', 'lo']);
  }

  #prefix(): string {
    const { prefixes, near, own, service } = this.#pool;
    return this.#random.of([...prefixes, ...prefixes, ...near.flat(), ...own, ...service]);
  }

  #range(): string {
    return this.#family === 'IPv4'
      ? this.#random.of(['10.0.0.0-10.255.255.255', '172.16.0.1-192.0.2.1'])
      : 'fd00:1::-fd00:172::ffff';
  }
}
