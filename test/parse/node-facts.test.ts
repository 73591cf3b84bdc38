import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lookUp } from '../../src/netfilter/routes.ts';
import { parseAddresses, parseRoutes, parseRoutingRules } from '../../src/parse/node-facts.ts';
import { recordingsFolder } from '../proxiers/recordings.ts';

const read = (name: string) => readFileSync(`${recordingsFolder}live-node-a/${name}.json`, 'utf8');

test('the addresses of a recorded node', () => {
  const addresses = parseAddresses(read('ip-addr')) ?? [];
  const told = addresses.map((each) => `${each.interface} ${each.address}/${each.prefixLength} ${each.scope}`);
  assert.deepEqual(told.slice(0, 5), [
    'lo 127.0.0.1/8 host',
    'lo ::1/128 host',
    'eth0 10.99.0.11/24 global',
    'eth0 fd99::11/64 global',
    'eth0 fe80::d41d:bdff:fec3:f260/64 link',
  ]);
});

test('where a recorded node sends packets', () => {
  const facts = {
    addresses: parseAddresses(read('ip-addr')),
    routes: [...(parseRoutes(read('ip-route'), 'IPv4') ?? []), ...(parseRoutes(read('ip-route'), 'IPv6') ?? [])],
    rules: [
      ...(parseRoutingRules(read('ip-rule'), 'IPv4') ?? []),
      ...(parseRoutingRules(read('ip-rule'), 'IPv6') ?? []),
    ],
  };
  const way = (destination: string) => {
    const family = destination.includes(':') ? ('IPv6' as const) : ('IPv4' as const);
    const answer = lookUp(facts, { family, destination, source: undefined, mark: 0, inInterface: null });
    return answer.kind === 'route' ? [answer.type, answer.route?.interface, answer.route?.gateway] : [answer.kind];
  };
  assert.deepEqual(way('10.244.0.7'), ['unicast', 'cni0', undefined]);
  assert.deepEqual(way('10.244.1.7'), ['unicast', 'eth0', '10.99.0.12']);
  assert.deepEqual(way('198.51.100.1'), ['unicast', 'eth0', '10.99.0.1']);
  assert.deepEqual(way('10.99.0.11'), ['local', 'eth0', undefined]);
  assert.deepEqual(way('127.0.0.9'), ['local', 'lo', undefined]);
  assert.deepEqual(way('10.99.0.255'), ['broadcast', 'eth0', undefined]);
  assert.deepEqual(way('fd00:244:0:1::7'), ['unicast', 'eth0', 'fd99::12']);
});

test('routes of every kind', () => {
  const text = JSON.stringify([
    { dst: 'default', nexthops: [{ dev: 'a' }, { dev: 'b' }], metric: 5 },
    { type: 'unreachable', dst: '10.66.0.0/16', dev: 'lo' },
    { dst: '10.1.0.1', dev: 'eth0', prefsrc: '10.1.0.9', table: '100' },
    { dst: 'fd00::/64', dev: 'eth0' },
    { type: 'odd', dst: '10.2.0.0/16' },
    { dst: 7 },
    'nonsense',
  ]);
  assert.deepEqual(parseRoutes(text, 'IPv4'), [
    { table: 'main', type: 'unicast', prefix: '0.0.0.0/0', metric: 5, ways: 2 },
    { table: 'main', type: 'unreachable', prefix: '10.66.0.0/16', interface: 'lo' },
    { table: '100', type: 'unicast', prefix: '10.1.0.1/32', interface: 'eth0', source: '10.1.0.9' },
  ]);
});

test('rules come in the order of their priority, and one with a selector that is not known says so', () => {
  const text = JSON.stringify([
    { priority: 32766, src: 'all', table: 'main' },
    { priority: 100, src: '10.0.0.0', srclen: 8, fwmark: '0x200', fwmask: '0x200', iif: 'eth0', table: '100' },
    { priority: 50, src: 'all', ipproto: 'tcp', table: '7' },
    { priority: 60, not: null, src: 'all', dst: '10.1.0.1', action: 'unreachable' },
    { priority: 70, src: 'all', action: 'nop' },
  ]);
  assert.deepEqual(parseRoutingRules(text, 'IPv4'), [
    { family: 'IPv4', more: true, action: 'lookup', table: '7' },
    { family: 'IPv4', to: '10.1.0.1/32', not: true, action: 'unreachable' },
    { family: 'IPv4', more: true, action: 'lookup' },
    {
      family: 'IPv4',
      from: '10.0.0.0/8',
      mark: { value: 512, mask: 512 },
      inInterface: 'eth0',
      action: 'lookup',
      table: '100',
    },
    { family: 'IPv4', action: 'lookup', table: 'main' },
  ]);
});

test('a text that is no list is not known', () => {
  for (const text of ['', 'Error: unknown', '{}']) {
    assert.deepEqual(
      [parseAddresses(text), parseRoutes(text, 'IPv4'), parseRoutingRules(text, 'IPv4')],
      [undefined, undefined, undefined],
    );
  }
});
