// What each match says of a packet: fits, does not fit, or cannot be told from what is known.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Tri, Word } from '../../../src/netfilter/extensions/extension.ts';
import { matchesClause, readMatch } from '../../../src/netfilter/extensions/index.ts';
import type { Packet } from '../../../src/netfilter/packet.ts';

type Known = Partial<Packet>;
type Row = readonly [clause: string, packet: Known, expected: Tri];

const v6 = { family: 'IPv6' } as const;
const tcp = { protocol: 'tcp' } as const;
const bridged = { physicalIn: 'eth0', physicalOut: 'veth1' } as const;
const listed = { recentLists: ['a'] } as const;
const inSet = {
  inSet: (set: string, directions: readonly string[]) => (set === 's' ? directions[0] === 'src' : undefined),
};

const rows: Readonly<Record<string, readonly Row[]>> = {
  addrtype: [
    ['--dst-type LOCAL', { destinationType: 'LOCAL' }, true],
    ['--dst-type LOCAL', { destinationType: 'UNICAST' }, false],
    ['--dst-type LOCAL', {}, undefined],
    ['! --dst-type LOCAL', { destinationType: 'UNICAST' }, true],
    ['--src-type UNICAST,LOCAL', { sourceType: 'LOCAL' }, true],
    ['--src-type LOCAL --dst-type LOCAL', { sourceType: 'UNICAST' }, false],
    ['--dst-type UNICAST', { destinationType: 'LOCAL' }, false],
    // Some types are in the address itself.
    ['--dst-type MULTICAST', { destination: '224.0.0.251' }, true],
    ['--dst-type MULTICAST', { destination: '10.0.0.1' }, false],
    ['--dst-type BROADCAST', { destination: '255.255.255.255' }, true],
    ['--dst-type LOCAL', { destination: '10.0.0.1' }, undefined],
    // On one interface, a local address may be UNICAST.
    ['--dst-type LOCAL --limit-iface-in', { destinationType: 'LOCAL' }, undefined],
    ['--dst-type LOCAL --limit-iface-in', { destinationType: 'LOCAL', inInterface: null }, true],
    ['--dst-type LOCAL --limit-iface-in', { destinationType: 'UNICAST' }, false],
    ['! --dst-type LOCAL --limit-iface-out', { destinationType: 'UNICAST' }, true],
    ['--dst-type LOCAL,UNICAST --limit-iface-out', { destinationType: 'LOCAL' }, true],
    ['--dst-type NONSENSE', { destinationType: 'LOCAL' }, undefined],
    // An IPv6 address that is local is unicast, too.
    ['--dst-type UNICAST', { ...v6, destinationType: 'LOCAL' }, true],
    ['--dst-type UNICAST,LOCAL', { ...v6, destinationType: 'UNICAST' }, false],
    ['--dst-type LOCAL', { ...v6, destinationType: 'LOCAL' }, true],
    ['--dst-type MULTICAST', { ...v6, destination: 'ff02::1' }, true],
    ['! --src-type MULTICAST', { ...v6, source: 'fd00::1' }, true],
    ['--src-type UNICAST', { ...v6, source: '::' }, false],
    ['--dst-type LOCAL --limit-iface-in', { ...v6, destinationType: 'LOCAL' }, undefined],
    ['--dst-type LOCAL --limit-iface-in', { ...v6, destinationType: 'UNICAST' }, false],
  ],
  comment: [['--comment x', {}, true]],
  connmark: [
    ['--mark 0x80/0x80', { connectionMark: 0x81 }, true],
    ['--mark 0x80/0x80', { connectionMark: 0x1 }, false],
    ['! --mark 0x80/0x80', { connectionMark: 0x1 }, true],
    ['--mark 0x80/0x80', { state: 'NEW' }, undefined],
    ['! --mark 0x80/0x80', { state: 'INVALID' }, false],
  ],
  conntrack: [
    ['--ctstate RELATED,ESTABLISHED', { state: 'ESTABLISHED' }, true],
    ['--ctstate RELATED,ESTABLISHED', { state: 'NEW' }, false],
    ['--ctstate RELATED,ESTABLISHED', {}, undefined],
    ['--ctstate INVALID', { state: 'NEW' }, false],
    ['! --ctstate INVALID', { state: 'NEW' }, true],
    ['--ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED', {}, true],
    ['--ctstate DNAT', { state: 'NEW', translated: { destination: true } }, true],
    ['--ctstate DNAT', { translated: { destination: true } }, true],
    ['--ctstate DNAT', { state: 'NEW', translated: { destination: false } }, false],
    ['! --ctstate DNAT', { state: 'NEW' }, undefined],
    ['! --ctstate DNAT', { state: 'UNTRACKED' }, true],
    ['--ctstate SNAT,ESTABLISHED', { state: 'ESTABLISHED' }, true],
    ['--ctstate SNAT', { state: 'NEW', translated: { source: true } }, true],
    ['--ctstate NONSENSE', { state: 'NEW' }, undefined],
    ['--ctstatus ASSURED,EXPECTED', { state: 'NEW', status: ['ASSURED'] }, true],
    ['--ctstatus CONFIRMED', { state: 'NEW', status: ['ASSURED'] }, false],
    ['--ctstatus CONFIRMED', { state: 'NEW' }, undefined],
    ['--ctstatus NONE', { state: 'NEW', status: [] }, false],
    ['! --ctstatus NONE', { state: 'NEW' }, true],
    ['--ctproto 6', { state: 'NEW', protocol: 'tcp' }, true],
    ['--ctproto 6', { state: 'NEW', protocol: 'udp' }, false],
    ['--ctproto 6', { state: 'RELATED', protocol: 'icmp' }, undefined],
    ['--ctorigdst 10.96.0.0/12', { state: 'NEW', original: { destination: '10.96.0.1' } }, true],
    ['! --ctorigdst 10.96.0.1', { state: 'NEW', original: { destination: '10.96.0.1' } }, false],
    ['--ctorigsrc 10.0.0.0/8', { state: 'NEW', source: '10.0.0.1' }, undefined],
    ['--ctorigdstport 80:90', { state: 'NEW', original: { destinationPort: 85 } }, true],
    ['--ctreplsrc 10.0.0.0/8', { state: 'NEW', reply: { source: '10.0.0.1' } }, true],
    ['--ctrepldst 10.0.0.1', { state: 'NEW', reply: { source: '10.0.0.1' } }, undefined],
    ['! --ctreplsrcport 80', { state: 'NEW', reply: { sourcePort: 80 } }, false],
    ['--ctrepldstport 80:90', { state: 'NEW', reply: { destinationPort: 91 } }, false],
    ['! --ctorigsrcport 80', { state: 'NEW', original: { sourcePort: 80 } }, false],
    ['--ctdir REPLY', { state: 'ESTABLISHED', direction: 'REPLY' }, true],
    ['--ctdir ORIGINAL', { state: 'ESTABLISHED', direction: 'REPLY' }, false],
    ['--ctexpire 10', { state: 'NEW' }, undefined],
    // Without a connection the state alone decides, and without a state nothing fits.
    ['--ctstate INVALID --ctproto 6', { state: 'INVALID', protocol: 'udp' }, true],
    ['! --ctproto 6', { state: 'UNTRACKED', protocol: 'udp' }, false],
  ],
  state: [
    ['--state NEW,ESTABLISHED', { state: 'NEW' }, true],
    ['! --state INVALID', { state: 'INVALID' }, false],
    ['--state NEW', {}, undefined],
  ],
  mark: [
    ['--mark 0x4000/0x4000', { mark: 0x14000 }, true],
    ['--mark 0x4000/0x4000', { mark: 0 }, false],
    ['! --mark 0x4000/0x4000', { mark: 0 }, true],
    ['--mark 0x4000/0x4000', {}, undefined],
    ['--mark 0x1', { mark: 0x101 }, false],
    ['--mark 0x80000000/0x80000000', { mark: 0xffffffff }, true],
    ['--mark 0x0/0x0', {}, true],
    ['--mark 0x2/0x1', {}, false],
    ['--mark nonsense', { mark: 1 }, undefined],
  ],
  multiport: [
    ['--dports 80,443,8000:9000', { ...tcp, destinationPort: 8500 }, true],
    ['--dports 80,443,8000:9000', { ...tcp, destinationPort: 81 }, false],
    ['! --dports 80,443', { ...tcp, destinationPort: 81 }, true],
    ['--dports 80', tcp, undefined],
    ['--sports 80', { ...tcp, sourcePort: 80 }, true],
    ['--ports 53', { protocol: 'udp', sourcePort: 53 }, true],
    ['--ports 53', { protocol: 'udp', sourcePort: 1, destinationPort: 2 }, false],
    ['! --ports 53', { protocol: 'udp', sourcePort: 1, destinationPort: 53 }, false],
    ['--dports 80', { protocol: 'icmp' }, false],
    ['! --dports 80', { ...tcp, fragment: true }, false],
  ],
  nfacct: [['--nfacct-name x', {}, true]],
  physdev: [
    ['--physdev-in eth+', bridged, true],
    ['--physdev-in eth1', bridged, false],
    ['! --physdev-in eth1', bridged, true],
    ['--physdev-in eth0', {}, undefined],
    ['--physdev-out veth1 --physdev-is-bridged', bridged, true],
    ['--physdev-is-bridged', { physicalIn: 'eth0', physicalOut: null }, false],
    ['--physdev-is-in', bridged, true],
    ['! --physdev-is-out', bridged, false],
    ['--physdev-is-out', { physicalIn: 'eth0' }, undefined],
    // No bridge: what is negated fits, and nothing else.
    ['--physdev-is-bridged', { physicalIn: null, physicalOut: null }, false],
    ['! --physdev-is-bridged', { physicalIn: null, physicalOut: null }, true],
    ['! --physdev-in eth0', { physicalIn: null, physicalOut: null }, true],
    ['! --physdev-out eth0', { physicalIn: 'eth1', physicalOut: null }, false],
    ['--physdev-in eth0', { physicalIn: null, physicalOut: 'eth1' }, true],
  ],
  recent: [
    ['--set --name a', {}, true],
    ['! --set --name a', {}, false],
    ['--rcheck --seconds 10800 --reap --name a --mask 255.255.255.255 --rsource', listed, true],
    ['--rcheck --name b', listed, false],
    ['! --rcheck --name b', listed, true],
    ['--update --name a', { recentLists: [] }, false],
    ['--rcheck --name a', {}, undefined],
    ['--update --seconds 30 --hitcount 6 --name a', listed, undefined],
    ['--rcheck --name a --rdest', listed, undefined],
    ['--rcheck --name b --mask 255.255.255.0', listed, undefined],
    ['--remove --name a', listed, true],
    ['--rcheck --mask 255.255.255.255', { recentLists: ['DEFAULT'] }, true],
  ],
  set: [
    ['--match-set s src', inSet, true],
    ['--match-set s dst', inSet, false],
    ['! --match-set s dst,src', inSet, true],
    ['--match-set other src', inSet, undefined],
    ['--match-set s src', {}, undefined],
    ['--match-set s src --packets-gt 3', inSet, undefined],
    ['--match-set s dst --packets-gt 3', inSet, false],
    ['--match-set s src --return-nomatch', inSet, undefined],
  ],
  tcp: [
    ['--dport 80', { ...tcp, destinationPort: 80 }, true],
    ['--dport 80', { ...tcp, destinationPort: 81 }, false],
    ['--dport 80', tcp, undefined],
    ['--dport 80', { destinationPort: 80 }, undefined],
    ['--dport 80', { protocol: 'udp', destinationPort: 80 }, false],
    ['--dport 80', { protocol: '6', destinationPort: 80 }, true],
    ['--sport 1024:65535', { ...tcp, sourcePort: 40000 }, true],
    ['--dport :1024', { ...tcp, destinationPort: 0 }, true],
    ['! --dport 1000:', { ...tcp, destinationPort: 999 }, true],
    ['--tcp-flags FIN,SYN,RST,ACK SYN', { ...tcp, tcpFlags: ['SYN'] }, true],
    ['--tcp-flags FIN,SYN,RST,ACK SYN', { ...tcp, tcpFlags: ['SYN', 'ACK'] }, false],
    ['! --tcp-flags FIN,SYN,RST,ACK SYN', { ...tcp, tcpFlags: ['ACK'] }, true],
    ['--tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE', { ...tcp, tcpFlags: [] }, true],
    ['--tcp-flags SYN SYN', tcp, undefined],
    ['--tcp-option 8', { ...tcp, destinationPort: 1 }, undefined],
    ['', { ...tcp, fragment: false }, true],
    ['', { ...tcp, fragment: true }, false],
    ['', tcp, undefined],
  ],
  udp: [
    ['--sport 53', { protocol: 'udp', sourcePort: 53 }, true],
    ['! --sport 53', { protocol: 'udp', sourcePort: 53 }, false],
    ['--dport 53', { protocol: 'udp' }, undefined],
    ['--dport 53', tcp, false],
  ],
  sctp: [
    ['--dport 80', { protocol: 'sctp', destinationPort: 80 }, true],
    ['--dport 80', { protocol: 'sctp', destinationPort: 81 }, false],
    ['--chunk-types any INIT', { protocol: 'sctp', destinationPort: 80 }, undefined],
  ],
  icmp: [
    ['--icmp-type 8', { protocol: 'icmp', icmp: { type: 8, code: 0 } }, true],
    ['--icmp-type 3/4', { protocol: 'icmp', icmp: { type: 3, code: 1 } }, false],
    ['! --icmp-type 3/4', { protocol: 'icmp', icmp: { type: 3, code: 1 } }, true],
    ['--icmp-type any', { protocol: 'icmp', fragment: false }, true],
    ['--icmp-type 8', { protocol: 'icmp' }, undefined],
    ['--icmp-type 8', tcp, false],
  ],
  icmp6: [
    ['--icmpv6-type 128', { ...v6, protocol: 'ipv6-icmp', icmp: { type: 128, code: 0 } }, true],
    ['--icmpv6-type 128', { ...v6, protocol: 'icmpv6', icmp: { type: 129, code: 0 } }, false],
    ['--icmpv6-type 128', v6, undefined],
  ],
  owner: [
    ['--uid-owner 1337', { owner: { uid: 1337 } }, true],
    ['--uid-owner 0-500', { owner: { uid: 1337 } }, false],
    ['! --uid-owner 0-500', { owner: { uid: 1337 } }, true],
    ['--uid-owner 0', {}, undefined],
    ['--gid-owner 5', { owner: { uid: 0 } }, undefined],
    ['--gid-owner 5 --suppl-groups', { owner: { gid: 6 } }, undefined],
    ['--gid-owner 5 --suppl-groups', { owner: { gid: 5 } }, true],
    ['--socket-exists', { owner: {} }, true],
    ['! --socket-exists', { owner: {} }, false],
    // No socket: what is negated fits, and nothing else.
    ['--uid-owner 0', { owner: null }, false],
    ['! --uid-owner 0', { owner: null }, true],
    ['! --uid-owner 0 --gid-owner 5', { owner: null }, false],
  ],
  cgroup: [
    ['--cgroup 1', { owner: null }, false],
    ['! --cgroup 1', { owner: null }, false],
    ['--cgroup 1', {}, undefined],
  ],
  mac: [
    ['--mac-source 00:aa:bb:cc:dd:0f', { sourceMac: '00:AA:bb:cc:dd:0F' }, true],
    ['! --mac-source 00:aa:bb:cc:dd:0f', { sourceMac: '00:aa:bb:cc:dd:0f' }, false],
    ['--mac-source 00:aa:bb:cc:dd:0f', {}, undefined],
    ['! --mac-source 00:aa:bb:cc:dd:0f', { inInterface: null }, false],
    ['! --mac-source 00:aa:bb:cc:dd:0f', { inInterface: 'lo' }, false],
  ],
  iprange: [
    ['--src-range 10.0.0.1-10.0.0.9', { source: '10.0.0.9' }, true],
    ['--src-range 10.0.0.1-10.0.0.9', { source: '10.0.0.10' }, false],
    ['! --dst-range 10.0.0.1-10.0.0.9', { destination: '10.0.0.10' }, true],
    ['--src-range 10.0.0.1-10.0.0.9', {}, undefined],
    ['--src-range fd00::1-fd00::9', { ...v6, source: 'fd00::5' }, true],
  ],
  rpfilter: [
    ['', { reversePathOk: true }, true],
    ['', { reversePathOk: false, inInterface: 'eth0' }, false],
    ['--invert', { reversePathOk: false, inInterface: 'eth0' }, true],
    ['--invert', { reversePathOk: false }, undefined],
    ['--invert', {}, undefined],
    ['--loose', { reversePathOk: false, inInterface: 'eth0' }, undefined],
    ['--invert', { inInterface: 'lo' }, false],
  ],
  tcpmss: [
    ['--mss 100', { protocol: 'udp' }, false],
    ['--mss 100', tcp, undefined],
  ],
  esp: [
    ['--espspi 500', tcp, false],
    ['--espspi 500', { protocol: 'esp' }, undefined],
  ],
  ah: [
    ['--ahspi 5', tcp, false],
    ['--ahspi 5', { ...v6, ...tcp }, undefined],
  ],
  connlimit: [['--connlimit-above 16 --connlimit-mask 32 --connlimit-saddr', tcp, undefined]],
  dscp: [['--dscp 0x0a', tcp, undefined]],
  hashlimit: [['--hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name x', tcp, undefined]],
  helper: [['--helper ftp', tcp, undefined]],
  hl: [['--hl-eq 255', v6, undefined]],
  ipvs: [['--ipvs', tcp, undefined]],
  length: [['--length 100', tcp, undefined]],
  limit: [['--limit 3/min', tcp, undefined]],
  pkttype: [['--pkt-type unicast', tcp, undefined]],
  policy: [['--dir in --pol none', tcp, undefined]],
  quota: [['--quota 1000', tcp, undefined]],
  realm: [['--realm 0x10', tcp, undefined]],
  rt: [['--rt-type 0', v6, undefined]],
  socket: [['--transparent', tcp, undefined]],
  statistic: [['--mode random --probability 0.50000000000', tcp, undefined]],
  ttl: [['--ttl-eq 64', tcp, undefined]],
};

for (const [name, table] of Object.entries(rows)) {
  suite(name, () => {
    for (const [clause, packet, expected] of table) {
      test(`${clause} of ${JSON.stringify(packet)} is ${expected ?? 'unknown'}`, () => {
        assert.equal(answer(name, clause, { family: 'IPv4', ...packet }), expected);
      });
    }
  });
}

const clauses = Object.entries(rows).flatMap(([name, table]) => table.map(([clause]) => [name, clause] as const));

test('what is not known about a packet may leave an answer open, but never turns it round', () => {
  fc.assert(
    fc.property(fc.constantFrom(...clauses), packets, fc.func(fc.boolean()), ([name, clause], packet, forget) => {
      const less = Object.fromEntries(Object.entries(packet).filter(([field]) => field === 'family' || !forget(field)));
      const [full, part] = [answer(name, clause, packet), answer(name, clause, { ...less, family: packet.family })];
      assert.ok(part === undefined || part === full, `${part} of ${JSON.stringify(less)}, but ${full} of the whole`);
    }),
    { numRuns: 20_000 },
  );
});

test('a lone option negated is the opposite, and unknown where it was unknown', () => {
  const negatable = clauses.filter(
    ([name, clause]) => plain.has(name) && /^--(?!syn)[\w-]+( [\w:,./-]+){1,2}$/.test(clause),
  );
  fc.assert(
    fc.property(fc.constantFrom(...negatable), packets, ([name, clause], packet) => {
      const whole = { ...packet, fragment: false, state: 'NEW', protocol: protocolOf[name] ?? 'tcp' } as const;
      const [plainly, negated] = [answer(name, clause, whole), answer(name, `! ${clause}`, whole)];
      assert.equal(negated, plainly === undefined ? undefined : !plainly);
    }),
  );
});

/** Matches that fail outright only where there is no connection or no header. */
const plain = new Set([
  'addrtype',
  'connmark',
  'conntrack',
  'state',
  'mark',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'iprange',
  'set',
]);
const protocolOf: Readonly<Record<string, string>> = { udp: 'udp', sctp: 'sctp', icmp: 'icmp' };

function answer(name: string, clause: string, packet: Packet): Tri {
  const words: Word[] = clause === '' ? [] : clause.split(' ').map((text) => ({ text, quoted: false }));
  const match = readMatch(name, words);
  assert.notEqual(match.kind, 'unknown', `-m ${name} ${clause}`);
  return match.kind === 'unknown' ? undefined : matchesClause(match, packet);
}

/** Packets that can be: a fragment has no ports, what is not tracked has no connection, loopback gives no MAC address. */
const packets: fc.Arbitrary<Packet> = fc
  .record({
    family: fc.constant('IPv4' as const),
    source: fc.constantFrom('10.0.0.1', '10.0.0.10'),
    sourceType: fc.constantFrom('LOCAL' as const, 'UNICAST' as const),
    destinationType: fc.constantFrom('LOCAL' as const, 'UNICAST' as const),
    inInterface: fc.constantFrom('lo', 'eth0'),
    outInterface: fc.constantFrom(null, 'eth0'),
    physicalIn: fc.constantFrom(null, 'eth0', 'eth1'),
    physicalOut: fc.constantFrom(null, 'veth1', 'eth0'),
    mark: fc.constantFrom(0, 1, 0x4000),
    owner: fc.constantFrom(null, {}, { uid: 0, gid: 5 }, { uid: 1337, gid: 6 }),
    sourceMac: fc.constantFrom('00:aa:bb:cc:dd:0f', '00:aa:bb:cc:dd:00'),
    reversePathOk: fc.boolean(),
    recentLists: fc.subarray(['a', 'b', 'DEFAULT']),
  })
  .chain((base) => fc.tuple(fc.constant(base), transports, connections))
  .map(([{ sourceMac, ...base }, transport, connection]) => ({
    ...base,
    ...(base.inInterface === 'lo' ? {} : { sourceMac }),
    ...transport,
    ...connection,
  }));

const transports = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp', 'udp', 'icmp'), fragment: fc.constant(true) }),
  fc.record({
    protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
    fragment: fc.constant(false),
    sourcePort: fc.constantFrom(1, 53, 80),
    destinationPort: fc.constantFrom(53, 80, 81, 8500),
    tcpFlags: fc.subarray(['SYN', 'ACK', 'FIN']),
  }),
  fc.constant({ protocol: 'icmp', fragment: false, icmp: { type: 3, code: 4 } }),
);

const connections = fc.oneof(
  fc.record({ state: fc.constantFrom('INVALID' as const, 'UNTRACKED' as const) }),
  fc.record({
    state: fc.constantFrom('NEW' as const, 'RELATED' as const, 'ESTABLISHED' as const),
    connectionMark: fc.constantFrom(0, 0x80),
    translated: fc.record({ source: fc.boolean(), destination: fc.boolean() }),
    status: fc.subarray(['ASSURED' as const, 'CONFIRMED' as const, 'EXPECTED' as const]),
    direction: fc.constantFrom('ORIGINAL' as const, 'REPLY' as const),
    original: fc.record({
      destination: fc.constantFrom('10.96.0.1', '10.0.0.1'),
      destinationPort: fc.constantFrom(80, 91),
    }),
  }),
);
