// Recorded on a Linux host: `cat /proc/net/fib_trie /proc/net/if_inet6`, /proc/net/route, /proc/net/ipv6_route.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBridgePorts } from '../../src/parse/ip-link.ts';
import { parseFibTrie, parseProcRoutes } from '../../src/parse/proc-net.ts';

const route = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
*	0000000A	00000000	0201	0	0	5	000000FF	0	0	0
`;

const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 192.0.2.0/24 2 0 2
        +-- 192.0.2.0/30 2 0 2
           |-- 192.0.2.0
              /24 link UNICAST
           |-- 192.0.2.2
              /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
Local:
     |-- 192.0.2.2
        /32 host LOCAL
     |-- 198.51.100.7
        /32 host LOCAL
fd000000000000000000000000000002 04 40 00 c0     eth0
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
`;

const ipv6Route = `fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
fd000000000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000004 00000000 80200001     eth0
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000003 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

test('/proc/net/route is the main table', () => {
  assert.deepEqual(parseProcRoutes(route, 'IPv4'), [
    { table: 'main', type: 'unicast', prefix: '0.0.0.0/0', interface: 'eth0', gateway: '192.0.2.1' },
    { table: 'main', type: 'unicast', prefix: '192.0.2.0/24', interface: 'eth0' },
    { table: 'main', type: 'unreachable', prefix: '10.0.0.0/8', metric: 5 },
  ]);
});

test('/proc/net/ipv6_route tells what is local; a route that is down is none', () => {
  assert.deepEqual(parseProcRoutes(ipv6Route, 'IPv6'), [
    { table: 'main', type: 'unicast', prefix: 'fd00::/64', interface: 'eth0', metric: 256 },
    { table: 'main', type: 'unicast', prefix: '::/0', interface: 'eth0', gateway: 'fd00::1', metric: 1024 },
    { table: 'local', type: 'local', prefix: 'fd00::2/128', interface: 'eth0', metric: 0 },
    { table: 'local', type: 'multicast', prefix: 'ff00::/8', interface: 'eth0', metric: 256 },
  ]);
});

test('fib_trie has the addresses, the routes their interfaces; nobody guesses one that no network holds', () => {
  assert.deepEqual(parseFibTrie(fibTrie, parseProcRoutes(route, 'IPv4') ?? []), [
    { interface: 'lo', address: '127.0.0.1', prefixLength: 8, scope: 'host' },
    { interface: 'eth0', address: '192.0.2.2', prefixLength: 24, scope: 'global' },
    { interface: '', address: '198.51.100.7', prefixLength: 32, scope: 'global' },
    { interface: 'eth0', address: 'fd00::2', prefixLength: 64, scope: 'global', tentative: true },
    { interface: 'eth0', address: 'fe80::fc:ff:fe00:1', prefixLength: 64, scope: 'link' },
    { interface: 'lo', address: '::1', prefixLength: 128, scope: 'host' },
  ]);
});

test('what is something else is none', () => {
  for (const text of ['', '[]', '{}', 'hello\n', 'Iface']) {
    assert.equal(parseFibTrie(text, []), undefined);
    assert.equal(parseProcRoutes(text, 'IPv6'), undefined);
    assert.deepEqual(parseProcRoutes(text, 'IPv4') ?? [], []);
  }
});

test('ip -details tells which ports of a bridge are in hairpin mode', () => {
  const port = (ifname: string, info: object) => ({ ifname, master: 'cni0', linkinfo: info });
  const bridge = (hairpin: boolean) => ({ info_slave_kind: 'bridge', info_slave_data: { hairpin } });
  const links = [{ ifname: 'lo' }, port('veth1', bridge(true)), port('veth2', bridge(false)), port('tun0', {}), 3];
  assert.deepEqual(parseBridgePorts(JSON.stringify(links)), [
    { name: 'veth1', bridge: 'cni0', hairpin: true },
    { name: 'veth2', bridge: 'cni0', hairpin: false },
  ]);
  assert.equal(parseBridgePorts('hello'), undefined);
});
