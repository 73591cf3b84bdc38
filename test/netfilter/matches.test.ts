import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Tri } from '../../src/netfilter/extensions/extension.ts';
import { matches } from '../../src/netfilter/matches.ts';
import type { Packet } from '../../src/netfilter/packet.ts';
import { ruleOf } from './text.ts';

type Row = readonly [clause: string, packet: Partial<Packet>, expected: Tri];

const rows: readonly Row[] = [
  ['-s 10.244.0.0/16', { source: '10.244.255.255' }, true],
  ['-s 10.244.0.0/16', { source: '10.245.0.0' }, false],
  ['! -s 10.244.0.0/16', { source: '10.245.0.0' }, true],
  ['! -s 10.244.0.0/16', {}, undefined],
  ['-s 10.244.0.0/255.255.0.0', { source: '10.244.1.1' }, true],
  ['-s nonsense', { source: '10.244.1.1' }, undefined],
  ['-d 10.96.0.1/32', { destination: '10.96.0.1' }, true],
  ['-d 10.96.0.1/32', { destination: '10.96.0.2' }, false],
  ['-d fd00::/64', { family: 'IPv6', destination: 'fd00::1' }, true],
  ['-d fd00::/64', { family: 'IPv6', destination: 'fd00:0:0:1::' }, false],
  ['-d fd00::/64', { destination: '10.0.0.1' }, false],
  ['-i veth+', { inInterface: 'veth1a2b' }, true],
  ['-i veth+', { inInterface: 'eth0' }, false],
  ['-i +', { inInterface: 'eth0' }, true],
  ['-i eth0', { inInterface: 'eth01' }, false],
  ['! -i eth0', { inInterface: 'eth0' }, false],
  ['! -i eth0', { inInterface: null }, true],
  ['-i eth0', { inInterface: null }, false],
  ['-i eth0', {}, undefined],
  ['-o eth0', { outInterface: 'eth0' }, true],
  ['-o eth0', { inInterface: 'eth0' }, undefined],
  ['-p tcp', { protocol: 'tcp' }, true],
  ['-p tcp', { protocol: 'udp' }, false],
  ['! -p tcp', { protocol: 'udp' }, true],
  ['-p tcp', {}, undefined],
  ['-f', { fragment: true }, true],
  ['! -f', { fragment: true }, false],
  ['-f', {}, undefined],
  ['-m tcp --dport 80', { protocol: 'tcp', destinationPort: 80 }, true],
  ['-m tcp --dport 80', { protocol: 'tcp', destinationPort: 81 }, false],
  ['-m bpf --bytecode "1,6 0 0 1"', { protocol: 'tcp' }, undefined],
  ['--no-clause', { protocol: 'tcp' }, undefined],
];

suite('one match and one packet', () => {
  for (const [clause, packet, expected] of rows) {
    test(`${clause} ${JSON.stringify(packet)}`, () => {
      const [match] = ruleOf(`-A A ${clause} -j B`).matches;
      assert.ok(match);
      assert.equal(matches(match, { family: 'IPv4', ...packet }), expected);
    });
  }
});
