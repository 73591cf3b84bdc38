// Default routes of a list of both families, as ip(8) prints them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoutes } from '../../src/parse/node-facts.ts';

// `ip -j route show table all` of a node with both families, shortened; ip of iproute2 6.1.
const both = JSON.stringify([
  { dst: 'default', gateway: '10.99.0.1', dev: 'eth0', flags: [] },
  { dst: '10.244.0.0/24', dev: 'cni0', protocol: 'kernel', scope: 'link', prefsrc: '10.244.0.1', flags: [] },
  { dst: 'default', gateway: 'fd99::1', dev: 'eth1', metric: 1024, flags: [], pref: 'medium' },
  { dst: 'default', dev: 'tun0', metric: 1024, flags: [], pref: 'medium' },
  { dst: 'fd00:244::/64', dev: 'cni0', protocol: 'kernel', metric: 256, flags: [], pref: 'medium' },
]);

test('a list of both families is read for one of them, default routes too', () => {
  const read = (family: 'IPv4' | 'IPv6') =>
    parseRoutes(both, family)?.map((route) => `${route.prefix} ${route.interface}`);
  assert.deepEqual(read('IPv4'), ['0.0.0.0/0 eth0', '10.244.0.0/24 cni0']);
  assert.deepEqual(read('IPv6'), ['::/0 eth1', '::/0 tun0', 'fd00:244::/64 cni0']);
});

test('a default route without a gateway is of IPv4 where it has no preference', () => {
  const text = JSON.stringify([{ dst: 'default', dev: 'wg0', scope: 'link', flags: [] }]);
  assert.equal(parseRoutes(text, 'IPv4')?.length, 1);
});
